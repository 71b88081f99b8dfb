import { testKernel } from '@refrain/core/testing';
import { ReferenceKernel } from './reference.ts';

testKernel(() => new ReferenceKernel());
