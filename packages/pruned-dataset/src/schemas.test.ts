import { describe, expect, it } from 'vitest';
import { FILES, folderSchemas } from './schemas.ts';

describe('the JSON Schemas of the folder', () => {
  // `npx vitest run packages/pruned-dataset -u` writes it anew.
  it('are those that docs/pruned-dataset.schema.json publishes', async () => {
    const text = `${JSON.stringify(folderSchemas(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../../docs/pruned-dataset.schema.json');
  });

  it('refuse further members of every file but a person’s own', () => {
    const { files } = folderSchemas() as { files: Record<string, { additionalProperties?: unknown }> };
    const open = Object.keys(files).filter((name) => files[name]!.additionalProperties !== false);
    expect(open).toEqual([FILES.overrides]);
  });
});
