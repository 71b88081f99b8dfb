import type { PruningPage } from '@refrain/pruned-dataset';
import { decided, noted } from '../decisions/overrides.ts';
import type { Decisions } from '../decisions/useDecisions.ts';
import { figure } from '../format.ts';
import type { Player } from '../player/player.ts';
import { SoundView } from '../player/soundView.tsx';
import { usePlayerState } from '../player/usePlayer.ts';
import { whyRemoved } from './reason.ts';
import { labelDifference, type Row } from './rows.ts';

interface Props {
  readonly page: PruningPage;
  readonly row: Row;
  readonly player: Player;
  readonly decisions: Decisions;
}

/** The clip that stays beside one that goes for it: heard, seen and read, and what a person decides of it. */
export function Comparison({ page, row, player, decisions }: Props) {
  const { clips, removals } = page;
  const id = clips.id[row.clip]!;
  const override = decisions.all.get(id);
  const choose = (decision: 'keep' | 'remove') => decisions.set(decided(decisions.all, id, decision));
  return (
    <div class="comparison">
      <p class="reason">{whyRemoved(page, row)}</p>
      <div class="sides">
        <Side page={page} place={row.partner} letter="A" fate="stays" player={player} />
        <Side page={page} place={row.clip} letter="B" fate="goes" player={player} />
      </div>
      <Labels page={page} row={row} />
      <fieldset class="verdict">
        <legend class="hidden">Your decision on B</legend>
        <button type="button" aria-pressed={override?.decision === 'keep'} onClick={() => choose('keep')}>
          Keep B after all <kbd>k</kbd>
        </button>
        <button type="button" aria-pressed={override?.decision === 'remove'} onClick={() => choose('remove')}>
          Remove B <kbd>r</kbd>
        </button>
        <label class="note">
          Note{' '}
          <input
            type="text"
            value={override?.note ?? ''}
            disabled={override === undefined}
            placeholder={override === undefined ? 'after a decision' : ''}
            onChange={(event) => decisions.set(noted(decisions.all, id, event.currentTarget.value))}
          />
        </label>
      </fieldset>
      <dl class="facts">
        <Fact name="similarity" value={figure(removals.similarity[row.removal])} />
        <Fact name="θ asked" value={figure(removals.theta[row.removal])} />
        <Fact name="z" value={figure(removals.z[row.removal])} />
        <Fact name="cluster" value={clips.cluster[row.clip] === -1 ? 'none' : String(clips.cluster[row.clip])} />
        <Fact name="group" value={clips.group[row.clip] === -1 ? 'none' : String(clips.group[row.clip])} />
      </dl>
    </div>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Side({
  page,
  place,
  letter,
  fate,
  player,
}: {
  readonly page: PruningPage;
  readonly place: number;
  readonly letter: 'A' | 'B';
  readonly fate: 'stays' | 'goes';
  readonly player: Player;
}) {
  const state = usePlayerState(player);
  const isPlaying = state.isPlaying && state.place === place;
  const name = page.clips.id[place]!;
  return (
    <section class={`side ${fate}`} aria-label={`${letter}, ${fate}: ${name}`}>
      <h3>
        <span class="letter">{letter}</span> {fate}
        <bdi class="name">{name}</bdi>
      </h3>
      {player.canPlay(place) && (
        <button type="button" class="play" aria-pressed={isPlaying} onClick={() => player.toggle(place)}>
          {isPlaying ? `❚❚ Pause ${letter}` : `▶ Play ${letter}`} <kbd>{letter.toLowerCase()}</kbd>
        </button>
      )}
      <SoundView page={page} place={place} player={player} />
      {state.place === place && state.error !== null && <p role="alert">{state.error}</p>}
    </section>
  );
}

function Labels({ page, row }: Pick<Props, 'page' | 'row'>) {
  const { both, onlyKept, onlyRemoved } = labelDifference(page, row);
  const { trackNames, track } = page.clips;
  const [kept, removed] = [row.partner, row.clip].map((place) =>
    track[place] == null ? undefined : trackNames[track[place]],
  );
  const lists = [
    ['tags of both', both],
    ['only of A', onlyKept],
    ['only of B', onlyRemoved],
  ] as const;
  return (
    <dl class="tags">
      {lists.map(([title, names]) =>
        names.length === 0 ? null : (
          <div key={title}>
            <dt>{title}</dt>
            <dd>
              {names.map((name) => (
                <bdi key={name} class="tag">
                  {name}
                </bdi>
              ))}
            </dd>
          </div>
        ),
      )}
      {kept !== undefined && (
        <div>
          <dt>{kept === removed ? 'track of both' : 'tracks'}</dt>
          <dd>
            <bdi>{kept}</bdi>
            {kept !== removed && (
              <>
                {' '}
                and <bdi>{removed ?? 'unknown'}</bdi>
              </>
            )}
          </dd>
        </div>
      )}
    </dl>
  );
}
