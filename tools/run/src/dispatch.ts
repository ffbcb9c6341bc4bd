import { pathToFileURL } from 'node:url';

/** The programs a command can start: name to file. */
export type Programs = ReadonlyMap<string, string>;

/**
 * Runs the program named by the first command-line argument with the arguments after it. An unknown or missing name prints
 * the list and sets the exit code to 1.
 */
export async function dispatch(command: string, programs: Programs, args: string[] = process.argv): Promise<void> {
  const name = args[2];
  const file = name === undefined ? undefined : programs.get(name);
  if (file === undefined) {
    const problem = name === undefined ? 'a name is missing' : `there is no '${name}'`;
    const names = programs.size === 0 ? '  (none yet)' : [...programs.keys()].map((known) => `  ${known}`).join('\n');
    console.error(`pnpm ${command} <name> [options]: ${problem}. Names:\n${names}`);
    process.exitCode = 1;
    return;
  }
  args.splice(1, 2, file);
  await import(pathToFileURL(file).href);
}
