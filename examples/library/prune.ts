// #region prune
import { audioFolder } from '@refrain/datasets';
import { mfcc } from '@refrain/encoders';
import { prune } from '@refrain/pipeline';

const result = await prune({ dataset: audioFolder({ dir: 'clips' }), encoder: mfcc(), t: 0.5 });
result.kept; // id, path, labels, cluster, group …
result.removed[0]?.partner; // the kept clip that stands for it, with .similarity and .level beside
const more = await result.reprune({ t: 0.8 }); // nothing is embedded or clustered again
await more.write('pruned');
// #endregion
