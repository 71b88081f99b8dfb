import type { Flag } from './flag.ts';

/** What is written where, how a folder is checked, and what every command takes. */
export const OUTPUT_FLAGS: readonly Flag[] = [
  {
    name: 'again',
    value: 'on|off',
    group: 'verify',
    help: 'also prune again from the folder alone and compare; off checks the certificate only; default on',
  },
  {
    name: 'jitter',
    value: 'X',
    group: 'verify',
    help: 'name the clips whose being kept may hang on changes of this size in the embeddings, before rules; 0 for none; default 1e-6',
  },
  {
    name: 'form',
    value: 'FORM',
    group: 'export',
    help: "list (kept.jsonl and ids), native (the dataset's own files), links or copies (the audio); default list",
  },
  {
    name: 'without-leaks',
    ownWordOnly: true,
    group: 'export',
    help: 'also leave out the train clips that share something with valid or test, as `refrain leaks` finds it',
  },
  {
    name: 'outside-audio',
    value: 'on|off',
    group: 'earlier',
    ownWordOnly: true,
    help: 'of a dataset that an earlier folder names, also take audio from outside the folder of the dataset, where links and .. may lead; default off',
  },
  {
    name: 'output-dir',
    ownWordOnly: true,
    value: 'DIR',
    group: 'new-folder',
    help: 'where a new folder pruned_{dataset}_{time} is made; default ./pruned_data',
  },
  {
    name: 'output',
    ownWordOnly: true,
    value: 'DIR',
    group: ['output', 'export'],
    help: 'exactly this folder, which must not exist yet',
  },
  {
    name: 'output',
    ownWordOnly: true,
    value: 'FILE',
    group: 'duplicates',
    help: 'write the list into this file, which must not exist yet',
  },
  {
    name: 'format',
    value: 'table|jsonl|csv',
    group: 'duplicates',
    help: 'how the pairs are listed; default: as --output ends, else table',
  },
  {
    name: 'config',
    value: 'FILE',
    group: 'always',
    help: 'a JSON run file with any of these options; flags win over it',
  },
  {
    name: 'plugin',
    ownWordOnly: true,
    value: 'NAME',
    group: 'always',
    repeatable: true,
    help: 'a plugin: a package name or a path; may be repeated',
  },
  {
    name: 'cache-dir',
    ownWordOnly: true,
    value: 'DIR',
    group: 'always',
    help: 'where embeddings are kept for the next run; default: refrain in the cache folder of the user',
  },
  {
    name: 'workers',
    value: 'N',
    group: ['always', 'verify'],
    ownWordOnly: true,
    help: 'threads; default: available cores',
  },
  { name: 'seed', value: 'N', group: 'always', help: 'of everything random; default 42' },
  { name: 'json', group: ['always', 'verify'], ownWordOnly: true, help: 'one JSON object on stdout in place of text' },
  { name: 'quiet', group: ['always', 'verify'], ownWordOnly: true, help: 'no progress and no notes' },
];
