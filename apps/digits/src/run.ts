/** The whole program, from the digits to the report. */
import { join, resolve } from 'node:path';
import { loadModel, saveModel } from '@cotangent/io';
import { FileError, use, type Tensor } from '@cotangent/tensor';
import type { History } from '@cotangent/train';
import { makeBackend } from './backend';
import { imageAt, labelsOf, loadDigits, type DigitsData } from './data';
import { drawCurves, drawPictures, picturesPerRow, type Style } from './draw';
import { resumeCommand, type Options } from './options';
import { progressOn } from './progress';
import { LENET5, scheduleFor, SOFTMAX_REGRESSION, type Recipe } from './recipe';
import { accuracyOf, confusionTable, hardPictures, percent, type Outcome } from './report';
import { checkpointIn, continueRun, endRun, startRun } from './run-folder';
import type { Terminal } from './terminal';
import { outcomeOf, scoresOf, train, type Trained } from './train';

const RECIPES = [SOFTMAX_REGRESSION, LENET5];
const NETWORKS = RECIPES.map(({ file }) => file);

export interface RunSettings {
  /** Saves a checkpoint after the batch in hand and ends the run. */
  readonly signal?: AbortSignal;
  /** Use only so many images, for a quick try. */
  readonly limit?: number;
}

export interface RunResult {
  readonly lenet: Outcome;
  readonly regression: Outcome;
  readonly history: History;
  /** The trained LeNet-5. */
  readonly file: string;
}

/**
 * Trains both networks, examines them on the test part and saves LeNet-5.
 *
 * @returns undefined when it was interrupted.
 */
export async function runDigits(options: Options, terminal: Terminal, settings: RunSettings = {}): Promise<RunResult | undefined> {
  const { print, style } = terminal;
  const { signal, limit } = settings;
  const { backend, seed } = options;
  const start = performance.now();
  await use(await makeBackend(backend));
  const data = await loadDigits(options.data, seed, limit);
  print(data.description);
  const { train: learning, dev, test } = data;
  print(`${learning.length} to learn from, ${dev.length} to watch (dev), ${test.length} for the test; seed ${seed}, backend ${backend}`);
  print();
  print(firstDigits(data, style));

  const schedule = scheduleFor(learning.length);
  const epochs = options.epochs ?? schedule.epochs;
  const identity = { data: options.data === undefined ? 'built-in' : resolve(options.data), backend, epochs, seed };
  if (options.resume) await continueRun(options.out, identity);
  else await startRun(options.out, NETWORKS, identity);
  const progress = progressOn(terminal);
  const trained: Trained[] = [];
  for (const recipe of RECIPES) {
    print(`\n${recipe.name}, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`);
    const checkpoint = checkpointIn(options.out, recipe.file);
    const result = await train(recipe, data, { ...schedule, epochs, seed, checkpoint, resume: options.resume, progress, signal });
    if (result.history.stopped === 'aborted') {
      print(`saved in ${checkpoint}; to go on:\n  ${resumeCommand(options)}`);
      return undefined;
    }
    const { validation } = result.history.epochs.at(-1)!;
    print(`${recipe.name}: ${percent(validation!.metrics['accuracy'] as number)} on dev`);
    trained.push(result);
  }
  const [regression, lenet] = trained as [Trained, Trained];
  print();
  print(curves(regression.history, lenet.history, style));

  const scores = await scoresOf(lenet.model, test);
  const outcome = await outcomeOf(scores, test);
  const baseline = await outcomeOf(await scoresOf(regression.model, test), test);
  print(`\ntest accuracy ${percent(accuracyOf(outcome))}`);
  print(`softmax regression ${percent(accuracyOf(baseline))}\n`);
  print('true digit down, predicted digit across');
  print(confusionTable(outcome));
  print();
  print(hardPictures(outcome, test, style));

  const file = join(options.out, `${LENET5.file}.safetensors`);
  await saveModel(file, lenet.model, { accuracy: String(accuracyOf(outcome)), seed: String(seed), data: data.description });
  await verify(LENET5, file, scores, outcome, data);
  await endRun(options.out, NETWORKS);
  print(`\nsaved in ${file}; loaded into a new LeNet-5 it gives the same scores, bit for bit`);
  print(`${((performance.now() - start) / 1000).toFixed(1)} s`);
  return { lenet: outcome, regression: baseline, history: lenet.history, file };
}

function firstDigits({ train: part }: DigitsData, style: Style): string {
  const labels = labelsOf(part);
  const count = Math.min(picturesPerRow(style), 8, part.length);
  return drawPictures(Array.from({ length: count }, (_, i) => ({ pixels: imageAt(part, i), caption: `a ${labels[i]}` })), style);
}

function curves(regression: History, lenet: History, style: Style): string {
  const watched = ({ epochs }: History): number[] => epochs.map(({ validation }) => 100 * (validation!.metrics['accuracy'] as number));
  const loss = drawCurves(
    'LeNet-5, loss',
    { name: 'train', values: lenet.epochs.map((epoch) => epoch.loss) },
    { name: 'dev', values: lenet.epochs.map(({ validation }) => validation!.loss) },
    style,
  );
  const accuracy = drawCurves(
    'dev accuracy in %',
    { name: 'LeNet-5', values: watched(lenet) },
    { name: 'softmax regression', values: watched(regression) },
    style,
  );
  return `${loss}\n${accuracy}`;
}

/** Reads the file into a new network and asks it for the same scores. */
async function verify(recipe: Recipe, file: string, scores: Tensor, outcome: Outcome, { test }: DigitsData): Promise<void> {
  const model = recipe.make();
  await loadModel(file, model);
  const again = await scoresOf(model, test);
  const [a, b] = [await scores.data(), await again.data()];
  const differs = a.findIndex((value, i) => !Object.is(value, b[i]));
  const accuracy = accuracyOf(await outcomeOf(again, test));
  if (differs !== -1 || accuracy !== accuracyOf(outcome)) {
    throw new FileError(`${file}: the network that was read back gives other scores than the one that was saved. The file is damaged.`);
  }
}
