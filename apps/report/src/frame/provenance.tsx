import type { PageData } from '@refrain/pruned-dataset';
import { CopyButton } from './copyButton.tsx';
import { Scroll } from './scroll.tsx';
import { Section } from './section.tsx';

/** All that it takes to do it again: the command line, every option, versions, hashes. */
export function Provenance({ page }: { readonly page: PageData }) {
  return (
    <Section id="repeat" title="To repeat it">
      {page.command !== undefined && (
        <div class="command">
          <pre>
            <code id="command">{page.command}</code>
          </pre>
          <CopyButton text={page.command} label="Copy command" />
        </div>
      )}
      <Facts title="Options" facts={flat(page.settings)} />
      <Facts title="Versions" facts={Object.entries(page.versions)} />
      {page.kind === 'pruning' && (
        <Facts
          title="Files and their SHA-256"
          facts={[...Object.entries(page.files), ['encoder', page.encoderFingerprint ?? 'none: embeddings were given']]}
        />
      )}
    </Section>
  );
}

function Facts({ title, facts }: { readonly title: string; readonly facts: readonly (readonly [string, unknown])[] }) {
  return (
    <details>
      <summary>
        {title} ({facts.length})
      </summary>
      <Scroll>
        <table class="facts">
          <tbody>
            {facts.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{typeof value === 'string' ? value : JSON.stringify(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}

/** Options with those of components as `encoder.window`. */
function flat(settings: Readonly<Record<string, unknown>>, before = ''): (readonly [string, unknown])[] {
  return Object.entries(settings).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? flat(value as Readonly<Record<string, unknown>>, `${before}${name}.`)
      : [[`${before}${name}`, value] as const],
  );
}
