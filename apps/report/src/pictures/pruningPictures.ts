import type { PruningPage } from '@refrain/pruned-dataset';
import { clusterPicture, divergencePicture } from './clusters.ts';
import type { Picture } from './picture.ts';
import { scorePicture, similarityPicture } from './similarities.ts';
import { stagePicture } from './stages.ts';
import { sweepPicture } from './sweeps.ts';
import { metricsOfTags, positivesPicture, tagDifferencePicture } from './tags.ts';

/** The pictures of a run of pruning, where there is something to draw. */
export function pruningPictures(page: PruningPage): (Picture | undefined)[] {
  const perTag = page.evaluation?.perTag;
  return [
    sweepPicture(page, 't'),
    sweepPicture(page, 'theta'),
    similarityPicture(page),
    scorePicture(page),
    clusterPicture(page),
    divergencePicture(page),
    positivesPicture(perTag),
    ...metricsOfTags(perTag).map((metric) => tagDifferencePicture(perTag, metric)),
    stagePicture(page),
  ];
}
