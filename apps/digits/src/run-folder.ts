/** The folder of a run: checkpoints while it lasts, and a note that says which run they belong to. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { saveFile } from '@cotangent/io';
import { ArgumentError, FileError, StateError } from '@cotangent/tensor';

/** What decides the numbers of a run. Only the same run can be gone on with. */
export type RunIdentity = Readonly<Record<string, string | number>>;

const NOTE = 'run.json';

/** Where the checkpoint of a network lies. */
export function checkpointIn(folder: string, network: string): string {
  return join(folder, `${network}.checkpoint.safetensors`);
}

/**
 * Prepares the folder for a new run: without checkpoints of an earlier one.
 *
 * @throws FileError when it cannot be written.
 */
export async function startRun(folder: string, networks: readonly string[], identity: RunIdentity): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new FileError(`--out ${folder}: the folder cannot be made (${(cause as Error).message}).`, { cause });
  });
  await endRun(folder, networks);
  await saveFile(join(folder, NOTE), new TextEncoder().encode(`${JSON.stringify(identity, undefined, 2)}\n`));
}

/**
 * Makes sure that the folder holds an interrupted run with the same numbers.
 *
 * @throws ArgumentError when there is none, StateError when it is another one.
 */
export async function continueRun(folder: string, identity: RunIdentity): Promise<void> {
  const note = join(folder, NOTE);
  if (!existsSync(note)) {
    throw new ArgumentError(
      `--resume: there is no interrupted run in ${folder}. Start one without --resume, or name its folder with --out.`,
    );
  }
  const saved = read(await readFile(note, 'utf8'), note);
  const differing = Object.keys(identity).filter((key) => saved[key] !== identity[key]);
  if (differing.length > 0) {
    const list = differing.map((key) => `${key} ${String(saved[key])} there, ${identity[key]} here`).join('; ');
    throw new StateError(
      `--resume: the run in ${folder} was started with other options: ${list}. Give the same ones, or leave out --resume.`,
    );
  }
}

/** Removes what only an unfinished run needs. */
export async function endRun(folder: string, networks: readonly string[]): Promise<void> {
  for (const file of [join(folder, NOTE), ...networks.map((network) => checkpointIn(folder, network))]) await rm(file, { force: true });
}

function read(text: string, path: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Not JSON: the same as JSON of the wrong kind.
  }
  throw new FileError(`${path}: not the note of a run. It is damaged; start again without --resume.`);
}
