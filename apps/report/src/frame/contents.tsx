import type { PageData } from '@refrain/pruned-dataset';

/** The sections of each kind of page, by their ids. */
const SECTIONS: Readonly<Record<PageData['kind'], Readonly<Record<string, string>>>> = {
  pruning: { summary: 'In short', map: 'Map', groups: 'What goes', pictures: 'Pictures', repeat: 'To repeat it' },
  comparison: { summary: 'In short', pictures: 'Pictures', repeat: 'To repeat it' },
  leaks: { summary: 'In short', pictures: 'Pictures', pairs: 'What is shared', repeat: 'To repeat it' },
};

/** Links to the sections of the page. */
export function Contents({ kind }: { readonly kind: PageData['kind'] }) {
  return (
    <nav class="contents" aria-label="Sections">
      <ul>
        {Object.entries(SECTIONS[kind]).map(([id, title]) => (
          <li key={id}>
            <a href={`#${id}`}>{title}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
