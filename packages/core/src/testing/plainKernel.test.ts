import { plainKernel } from './plainKernel.ts';
import { testKernel } from './testKernel.ts';

testKernel(plainKernel);
