import type { PruningPage } from '@refrain/pruned-dataset';

/** The name of the clip that is pointed at, and what is known of it. */
export function Tip({
  page: { clips },
  place,
  at,
  within,
}: {
  readonly page: PruningPage;
  readonly place: number;
  readonly at: { readonly x: number; readonly y: number };
  readonly within: HTMLElement;
}) {
  const track = clips.track[place];
  const tags = clips.labels[place]!.map((label) => clips.labelNames[label]);
  return (
    <div
      class={`tip ${at.x > within.clientWidth / 2 ? 'before' : ''} ${at.y > within.clientHeight / 2 ? 'above' : ''}`}
      style={{ left: `${at.x}px`, top: `${at.y}px` }}
    >
      <bdi class="name">{clips.id[place]}</bdi>
      <span>{clips.cluster[place] === -1 ? 'no cluster' : `cluster ${clips.cluster[place]}`}</span>
      {track != null && (
        <span>
          track <bdi>{clips.trackNames[track]}</bdi>
        </span>
      )}
      {tags.length > 0 && <span>{tags.join(', ')}</span>}
    </div>
  );
}
