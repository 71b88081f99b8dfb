import { describe, expect, it } from 'vitest';
import { commandsOf, readDocument, regionOf, withBlocks } from './markdown.ts';

const TEXT = `# What it *is*: \`--t\`

Words, [a link](other.md#part "title") and \`code\` with ![a picture](images/a.png).

## Part

## Part

<!-- examples/a.ts#one -->
\`\`\`ts
old();
\`\`\`

\`\`\`sh
npx refrain run
\`\`\`
`;

describe('a document', () => {
  it('is taken apart', () => {
    const { anchors, links, prose, blocks } = readDocument(TEXT);
    expect([...anchors]).toEqual(['what-it-is---t', 'part', 'part-1']);
    expect(links).toEqual(['other.md#part', 'images/a.png']);
    expect(prose.join(' ')).not.toMatch(/code|other|--t/);
    expect(blocks).toEqual([
      { language: 'ts', text: 'old();\n', start: 10, end: 11, comment: 'examples/a.ts#one' },
      { language: 'sh', text: 'npx refrain run\n', start: 14, end: 15, comment: undefined },
    ]);
  });

  it('gets other blocks', () => {
    const changed = withBlocks(readDocument(TEXT), ({ language }) => (language === 'ts' ? 'a();\nb();\n' : undefined));
    expect(changed).toBe(TEXT.replace('old();', 'a();\nb();'));
  });
});

describe('a region of a file', () => {
  const file = 'a();\n  // #region one\n  if (b)\n    c();\n  // #endregion\nd();\n';

  it('is moved to the left', () => {
    expect(regionOf(file, 'one')).toBe('if (b)\n  c();');
    expect(regionOf(file, undefined)).toBe('a();\n  if (b)\n    c();\nd();');
    expect(() => regionOf(file, 'two')).toThrow('no region two');
  });
});

it('commands are words, over several lines, without comments', () => {
  const text = '# first\nnpx refrain run --keep 60% \\\n  --rule \'path:a b\'  # why\n\nnpx refrain verify "x y"\n';
  expect(commandsOf(text)).toEqual([
    ['npx', 'refrain', 'run', '--keep', '60%', '--rule', 'path:a b'],
    ['npx', 'refrain', 'verify', 'x y'],
  ]);
});
