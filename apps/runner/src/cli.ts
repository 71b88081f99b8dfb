import { refuseRenamed, versions } from '@refrain/pipeline/options';
import { Command, CommanderError, Option } from 'commander';
import type { Outcome } from './commands/printed.ts';
import type { CommandResult } from './commands/session.ts';
import { byTopic, HELP, topicOf } from './help.ts';
import { canonicalName, typedError } from './settings/flags.ts';
import type { RawValues } from './settings/given.ts';
import { FLAGS } from './settings/options.ts';
import { terminalText, terminalWidth } from './terminal/terminalText.ts';

/** `line` is the whole command line, to be copied. */
type Action = (given: RawValues, signal: AbortSignal, line: string) => Promise<CommandResult>;

/** The steps of commands that embed clips, of those that may take their embeddings from a file, of those that choose among them, and of those that prune one train set. */
const EMBED = ['source', 'embed', 'space', 'execute'];
const CLIPS = [...EMBED, 'ownEmbeddings'];
const CHOOSE = [...CLIPS, 'duplicates', 'cluster', 'prune', 'rules'];
const ONE_SET = [...CHOOSE, 'parent', 'prunedFolder'];

/** The folder that a command reads. */
const FOLDER = { option: 'pruned-dataset-path', help: 'the folder that `refrain prune` or `refrain run` wrote' };

const COMMANDS: readonly {
  readonly name: string;
  /** Under which heading it stands in the list of commands. */
  readonly group: string;
  readonly help: string;
  /** Whose options it takes. */
  readonly steps: readonly string[];
  /** Steps whose options it refuses with a sentence of its own: not in its help. */
  readonly refused?: readonly string[];
  /** Loads it: help has no use for what it does. */
  readonly load: () => Promise<Action>;
  /** What stands after the command without a flag: the name of the option it gives, and what it is. */
  readonly argument?: { readonly option: string; readonly help: string };
}[] = [
  {
    name: 'run',
    group: 'Prune:',
    help: 'prune, then compare with the whole set and with random sets of the same size',
    steps: [...ONE_SET, 'earlier', 'evaluate', 'coverage', 'output', 'newFolder', 'save', 'page', 'always'],
    load: async () => (await import('./commands/prune.ts')).run,
  },
  {
    name: 'prune',
    group: 'Prune:',
    help: 'find and remove redundant clips; writes the pruned dataset folder',
    steps: [...ONE_SET, 'reuse', 'earlier', 'output', 'newFolder', 'save', 'page', 'always'],
    load: async () => (await import('./commands/prune.ts')).prune,
  },
  {
    name: 'compare',
    group: 'Evaluate:',
    help: 'strategies against random sets of the same size, with intervals; --pruner, --t, --keep and --noise take lists: --keep 75%,50%',
    steps: [...CHOOSE, 'evaluate', 'compare', 'output', 'newFolder', 'save', 'page', 'always'],
    refused: ['parent'],
    load: async () => (await import('./commands/compare.ts')).compare,
  },
  {
    name: 'baseline',
    group: 'Evaluate:',
    help: 'train the probe on the whole train set, or load its head, and test it',
    steps: [...CLIPS, 'evaluate', 'coverage', 'output', 'save', 'always'],
    load: async () => (await import('./commands/evaluate.ts')).baseline,
  },
  {
    name: 'evaluate',
    group: 'Evaluate:',
    help: 'train the probe on the kept clips of a pruned dataset folder, or load its head, and test it',
    steps: [...CLIPS, 'folder', 'earlier', 'evaluate', 'coverage', 'save', 'always'],
    load: async () => (await import('./commands/evaluate.ts')).evaluate,
    argument: FOLDER,
  },
  {
    name: 'embed',
    group: 'Prune:',
    help: 'only fill the cache with embeddings; with --output also write them into a folder',
    steps: [...EMBED, 'output', 'save', 'always'],
    load: async () => (await import('./commands/embed.ts')).embed,
  },
  {
    name: 'export',
    group: 'Use what was pruned:',
    help: 'the kept clips of a pruned dataset folder as a list, in the form of the dataset, as links or as copies',
    steps: ['folder', 'export', 'leaks', 'earlier', 'always'],
    load: async () => (await import('./commands/export.ts')).exportFolder,
    argument: FOLDER,
  },
  {
    name: 'verify',
    group: 'Use what was pruned:',
    help: 'recompute the certificate of a pruned dataset folder and prune again from it; exit status 1 if anything does not hold',
    steps: ['folder', 'verify'],
    load: async () => (await import('./commands/verify.ts')).verify,
    argument: FOLDER,
  },
  {
    name: 'report',
    group: 'Use what was pruned:',
    help: 'write the page of a pruned dataset folder or a comparison, report.html, anew: what goes and stays, to see and to hear; --serve keeps what you decide in it',
    steps: ['folder', 'report', 'earlier', 'always'],
    load: async () => (await import('./commands/report.ts')).report,
    argument: FOLDER,
  },
  {
    name: 'duplicates',
    group: 'Look, and change nothing:',
    help: 'copies, re-encodings, gains, shifts and excerpts among the clips of all splits; removes nothing; exit status 1 if there are any',
    steps: [...CLIPS, 'copies', 'always'],
    load: async () => (await import('./commands/duplicates.ts')).duplicates,
    argument: {
      option: 'dir',
      help: 'a folder of audio, or that of the dataset that --dataset names',
    },
  },
  {
    name: 'leaks',
    group: 'Look, and change nothing:',
    help: 'what train, valid and test share; exit status 1 if there is anything',
    steps: [...CLIPS, 'leaks', 'output', 'page', 'always'],
    load: async () => (await import('./commands/leaks.ts')).leaks,
  },
  {
    name: 'worker',
    group: 'More:',
    help: 'take jobs of runs with --executor bullmq, on this machine, until it is told to end; with --json what happens, a line each',
    steps: ['worker', 'execute', 'always'],
    load: async () => (await import('./commands/worker.ts')).worker,
  },
  {
    name: 'plugins',
    group: 'More:',
    help: 'list every component with its options and their defaults',
    steps: ['always'],
    load: async () => (await import('./commands/plugins.ts')).plugins,
  },
];

/**
 * Runs the command that `argv` (without the program) asks for. Resolves to undefined when help or the version was printed. Its errors name
 * options as they are typed.
 */
export async function runCommand(argv: readonly string[], signal: AbortSignal): Promise<Outcome | undefined> {
  const { plain, dotted } = separate(argv);
  let outcome: Outcome | undefined;
  const finish = async (command: string, asJson: boolean, work: Promise<CommandResult>) => {
    outcome = { command, result: await work, asJson };
  };
  const program = new Command('refrain')
    .description('Finds and removes redundant clips from audio datasets and proves what that costs.')
    .version(versions().refrain!)
    .commandsGroup('More:')
    .helpCommand('help [command]')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => process.stdout.write(terminalText(text)),
      writeErr: (text) => process.stderr.write(terminalText(text)),
      getOutHelpWidth: terminalWidth,
    })
    .configureHelp(HELP)
    .showHelpAfterError('`refrain --help` lists the commands, `refrain COMMAND --help` its options.');
  for (const { name, group, help, steps, refused = [], load, argument } of COMMANDS) {
    const command = program
      .command(name)
      .description(help)
      .helpGroup(group)
      .optionsGroup('The command itself:')
      .exitOverride();
    // The list of commands has no use for their options.
    const flags = plain.includes(name) ? FLAGS : [];
    const flagsOf = (some: readonly string[]) =>
      flags.filter(({ step }) => [step].flat().some((one) => some.includes(one)));
    for (const flag of byTopic(flagsOf(steps))) command.addOption(optionOf(flag).helpGroup(topicOf(flag.step)));
    for (const flag of flagsOf(refused)) command.addOption(optionOf(flag).hideHelp());
    if (steps.includes('always'))
      command.addHelpText(
        'after',
        '\nOptions of components: --KIND.OPTION VALUE,\ne.g. --pruner.kappa 0.95; `refrain plugins` lists them.',
      );
    if (argument !== undefined) command.argument('[DIR]', argument.help);
    command.action((...given: unknown[]) => {
      // Commander hands over the arguments, then the options, then the command.
      const values = given.at(-2) as Record<string, unknown>;
      const named = argument === undefined || given[0] === undefined ? {} : { [argument.option]: given[0] };
      const work = async () => (await load())({ ...canonical(values), ...named, ...dotted }, signal, commandLine(argv));
      return finish(name, values.json === true, work());
    });
  }
  try {
    for (const word of argv) if (word.startsWith('--')) refuseRenamed(word.slice(2).split('=')[0]!);
    await program.parseAsync(plain, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    throw typedError(error);
  }
  return outcome;
}

function optionOf({ name, value, help, isRepeatable }: (typeof FLAGS)[number]): Option {
  const option = new Option(value === undefined ? `--${name}` : `--${name} <${value}>`, help);
  return isRepeatable
    ? option.argParser((given: string, before: string[] | undefined) => [...(before ?? []), given])
    : option;
}

function canonical(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [canonicalName(name), value]));
}

/**
 * Splits off the dotted options of components, `--pruner.t 0.5` or `--pruner.t=0.5`, which no command line parser knows by name, and
 * turns the seed's spelling with underscores into hyphens.
 */
function separate(argv: readonly string[]): { readonly plain: string[]; readonly dotted: Record<string, string> } {
  const plain: string[] = [];
  const dotted: Record<string, string> = {};
  for (let i = 0; i < argv.length; i++) {
    const [, name, assigned] = /^--([A-Za-z][\w.-]*)(?:=(.*))?$/s.exec(argv[i]!) ?? [];
    if (name === undefined) plain.push(argv[i]!);
    else if (!name.includes('.'))
      plain.push(`--${name.replaceAll('_', '-')}${assigned === undefined ? '' : `=${assigned}`}`);
    else dotted[canonicalName(name)] = assigned ?? argv[++i] ?? '';
  }
  return { plain, dotted };
}

/** A command line as a shell takes it. */
function commandLine(argv: readonly string[]): string {
  const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
  return ['refrain', ...argv].map(quoted).join(' ');
}
