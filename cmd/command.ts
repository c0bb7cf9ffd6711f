import type { Context } from './context.ts';
import type { ExitCode } from './exit-code.ts';

/** One option of a command, as data. */
export type Flag = StringFlag | ListFlag | SwitchFlag;

interface FlagBase {
  readonly describe: string;
  /** One letter. */
  readonly short?: string;
}

interface StringFlag extends FlagBase {
  readonly kind: 'string';
  /** What help shows for the value. */
  readonly value: string;
  readonly default?: string;
  readonly choices?: readonly string[];
}

/** May be given several times. */
interface ListFlag extends FlagBase {
  readonly kind: 'list';
  readonly value: string;
}

interface SwitchFlag extends FlagBase {
  readonly kind: 'switch';
  readonly default?: boolean;
}

export type Flags = Readonly<Record<string, Flag>>;

/** Arguments that are not flags. */
export interface Positionals {
  /** As usage shows it, `IMAGE` or `[KIND...]`. */
  readonly usage: string;
  readonly min: number;
  readonly max: number;
}

/** The type of one flag's value after parsing. */
type FlagValue<F extends Flag> = F extends ListFlag
  ? readonly string[]
  : F extends SwitchFlag
    ? boolean
    : F extends { readonly default: string }
      ? string
      : string | undefined;

/** Arguments of a command with the given flags; `_` holds the positional ones. */
type Arguments<F extends Flags> = {
  readonly [Name in keyof F]: FlagValue<F[Name]>;
} & { readonly _: readonly string[] };

/** A command is data plus one function; its argument types follow from its flags. */
export interface CommandDefinition<F extends Flags> {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly describe: string;
  /** What it does, for its own help. */
  readonly about: string;
  readonly examples: readonly { readonly comment: string; readonly command: string }[];
  readonly flags: F;
  readonly positionals: Positionals;
  /** Refuses arguments that contradict each other, before anything is read: throws {@link InputError}. */
  readonly validate?: (args: Arguments<F>) => void;
  readonly run: (args: Arguments<F>, context: Context) => Promise<ExitCode>;
}

/** Arguments as the parser delivers them, before a command gives them their types. */
export type ParsedArguments = Readonly<Record<string, unknown>> & { readonly _: readonly string[] };

/** A command whose flags are known to itself only. */
export interface Command extends Omit<CommandDefinition<Flags>, 'run' | 'validate'> {
  readonly execute: (args: ParsedArguments, context: Context) => Promise<ExitCode>;
}

export const NO_POSITIONALS: Positionals = { usage: '', min: 0, max: 0 };

/** Closes over the flag types of a definition, so that commands of different flags share one table. */
export function defineCommand<const F extends Flags>(definition: CommandDefinition<F>): Command {
  const { validate, run, ...data } = definition;
  return {
    ...data,
    execute: async (args, context) => {
      // The parser builds exactly the values that the flags of this definition describe (yargs.ts).
      const typed = args as unknown as Arguments<F>;
      validate?.(typed);
      return await run(typed, context);
    },
  };
}
