import { audioFolder } from '@refrain/datasets';
import { mfcc } from '@refrain/encoders';
import { prune, verify } from '@refrain/pipeline';

const [dir = 'clips', output = 'pruned'] = process.argv.slice(2);
const first = await prune({ dataset: audioFolder({ dir }), encoder: mfcc(), t: 0.5 });
for (const { id, partner, similarity } of first.removed)
  process.stdout.write(`${id} goes, ${partner.id} stays for it (${similarity})\n`);

const result = await first.reprune({ t: 0.8 });
await result.write(output);
const { failure } = await verify(output);
process.stdout.write(`${Math.round(100 * result.reduction)} % less, and the folder ${failure ?? 'holds'}\n`);
