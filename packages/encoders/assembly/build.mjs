// Compiles mfcc.ts and writes the module's bytes to src/mfcc/mfccModule.ts: `npm run mfcc` in this package.
import { join } from 'node:path';
import { writeModule } from '../../core/assembly/build.mjs';

const target = join(import.meta.dirname, '..', 'src', 'mfcc', 'mfccModule.ts');
await writeModule(join(import.meta.dirname, 'mfcc.ts'), target, 'MFCC_MODULE', 'npm run mfcc');
