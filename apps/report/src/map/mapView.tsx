import type { PruningPage } from '@refrain/pruned-dataset';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Section } from '../frame/section.tsx';
import type { Row } from '../groups/rows.ts';
import { COLOURINGS, type ColouringName, colouring } from './colouring.ts';
import { Lasso } from './lasso.tsx';
import { Scatter } from './scatter.ts';
import { Tip } from './tip.tsx';

/** With more lines than that only those of the chosen clips are drawn at first. */
const MANY_LINES = 3000;

interface Props {
  readonly page: PruningPage;
  readonly current: Row | undefined;
  readonly onPick: (place: number) => void;
  readonly onLasso: (places: ReadonlySet<number>) => void;
}

/** The projection: every clip a point, what goes tied to what stays for it. */
export function MapView(props: Props) {
  if (props.page.clips.projection === undefined)
    return (
      <Section id="map" title="Map">
        <p>There is no projection of this run, so there is no map.</p>
      </Section>
    );
  return <Projection {...props} />;
}

function Projection({ page, current, onPick, onLasso }: Props) {
  const { clips, removals } = page;
  const stage = useRef<HTMLCanvasElement>(null);
  const [scatter, setScatter] = useState<Scatter>();
  const [by, colourBy] = useState<ColouringName>('fate');
  const [label, chooseLabel] = useState(clips.labelNames[0] ?? '');
  const [hasLines, setLines] = useState(removals.clip.length <= MANY_LINES);
  const [isLassoing, setLassoing] = useState(false);
  const [hovered, hover] = useState<number>();
  const pick = useRef(onPick);
  pick.current = onPick;
  useEffect(() => {
    const made = new Scatter(stage.current!, page, { onHover: hover, onPick: (place) => pick.current(place) });
    setScatter(made);
    return () => made.close();
  }, [page]);
  const { colours, legend, note } = colouring(page, by, label);
  useEffect(() => scatter?.colour(colours), [scatter, by, label]);
  useEffect(() => {
    const shown = removals.clip.map((clip, i) => [clip, removals.partner[i]!] as const);
    scatter?.lines(hasLines ? shown : shown.filter(([, partner]) => partner === current?.partner));
  }, [scatter, hasLines, removals, hasLines || current?.partner]);
  useEffect(() => scatter?.highlight(current === undefined ? [] : [current.clip, current.partner]), [scatter, current]);
  return (
    <Section id="map" title="Map">
      <div class="map-bar no-print">
        <label>
          Coloured by{' '}
          <select value={by} onChange={(event) => colourBy(event.currentTarget.value as ColouringName)}>
            {Object.entries(COLOURINGS).map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        </label>
        {by === 'label' && (
          <label>
            Tag{' '}
            <select value={label} onChange={(event) => chooseLabel(event.currentTarget.value)}>
              {clips.labelNames.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        <label>
          <input type="checkbox" checked={hasLines} onChange={(event) => setLines(event.currentTarget.checked)} /> all
          lines
        </label>
        <button type="button" aria-pressed={isLassoing} onClick={() => setLassoing(!isLassoing)}>
          Lasso
        </button>
        <button type="button" aria-label="Zoom in" onClick={() => scatter?.zoom('in')}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => scatter?.zoom('out')}>
          −
        </button>
        <button type="button" onClick={() => scatter?.zoom('all')}>
          Whole map
        </button>
      </div>
      <div class="map">
        <canvas
          class="stage"
          ref={stage}
          role="img"
          aria-label={`Map of ${clips.id.length} clips: near ones sound alike`}
        />
        {isLassoing && scatter !== undefined && (
          <Lasso
            onDone={(polygon) => {
              setLassoing(false);
              onLasso(scatter.inside(polygon));
            }}
          />
        )}
        {hovered !== undefined && scatter !== undefined && (
          <Tip page={page} place={hovered} at={scatter.positionOf(hovered)} within={stage.current!} />
        )}
      </div>
      <ul class="legend">
        <Shape glyph="●" words="stays" colour={by === 'fate' ? legend[0]?.colour : undefined} />
        <Shape
          glyph="◆"
          words="goes, tied to the clip that stays for it"
          colour={by === 'fate' ? legend[1]?.colour : undefined}
        />
        {(by === 'fate' ? [] : legend).map(({ colour, words }) => (
          <li key={words}>
            <span class="swatch" style={{ background: colour }} /> {words}
          </li>
        ))}
      </ul>
      <p class="hint">
        {note} Near clips sound alike; distances and directions mean nothing beyond that. Point at a clip for its name,
        click to hear it and to find it in the list; zoom with Ctrl and the wheel, or two fingers.
      </p>
    </Section>
  );
}

function Shape({
  glyph,
  words,
  colour,
}: {
  readonly glyph: string;
  readonly words: string;
  readonly colour: string | undefined;
}) {
  return (
    <li>
      <span style={colour === undefined ? {} : { color: colour }}>{glyph}</span> {words}
    </li>
  );
}
