import type { PruningPage } from '@refrain/pruned-dataset';
import { useMemo, useState } from 'preact/hooks';
import { useDecisions } from '../decisions/useDecisions.ts';
import { Groups } from '../groups/groups.tsx';
import { borderlineFirst, type Filter, filtered, NO_FILTER, type Row } from '../groups/rows.ts';
import { MapView } from '../map/mapView.tsx';
import { Gallery } from '../pictures/gallery.tsx';
import { pruningPictures } from '../pictures/pruningPictures.ts';
import { usePlayer } from '../player/usePlayer.ts';
import { Summary } from './summary.tsx';

/** A run of pruning: what came of it, the map, the list and the pictures, which share what is chosen and heard. */
export function PruningView({ page }: { readonly page: PruningPage }) {
  const all = useMemo(() => borderlineFirst(page), [page]);
  const pictures = useMemo(() => pruningPictures(page), [page]);
  const player = usePlayer(page);
  const decisions = useDecisions(page);
  const [filter, setFilter] = useState<Filter>(NO_FILTER);
  const [chosen, choose] = useState<Row | undefined>(undefined);
  const rows = useMemo(() => filtered(all, page, filter, decisions.all), [all, page, filter, decisions.all]);
  const current = chosen !== undefined && (rows.includes(chosen) || filter.decision !== '') ? chosen : rows[0];
  return (
    <>
      <Summary page={page} />
      <MapView
        page={page}
        current={current}
        onPick={(place) => {
          const row = all.find(({ clip, partner }) => clip === place || partner === place);
          if (row !== undefined) choose(row);
          if (row !== undefined && !rows.includes(row)) setFilter(NO_FILTER);
          void player.play(place, 0);
        }}
        onLasso={(lasso) => setFilter({ ...NO_FILTER, lasso })}
      />
      <Groups
        page={page}
        rows={rows}
        filter={filter}
        onFilter={setFilter}
        current={current}
        onChoose={(row) => {
          if (row.partner !== current?.partner) player.stop();
          choose(row);
        }}
        player={player}
        decisions={decisions}
      />
      <Gallery pictures={pictures} />
    </>
  );
}
