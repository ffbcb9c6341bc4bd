/** The page: connects its parts with the worker. Nothing here computes; packages are loaded by the worker, after the page is drawn. */
import { AnswerView } from './answer';
import { Curves, percent } from './curves';
import { element } from './elements';
import { download, onFile } from './files';
import { Pad } from './pad';
import type { Report, Request, Source } from './protocol';
import { framingFor, imageOf, type Stroke } from './strokes';
import { SwitchView } from './switch-view';

const source = document.documentElement.dataset['source'] as Source;
const side = source === 'mnist' ? 28 : 8;
const framing = framingFor(side);

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const ask = (request: Request): void => worker.postMessage(request);

const trainButton = element('train', HTMLButtonElement);
const pauseButton = element('pause', HTMLButtonElement);
const resetButton = element('reset', HTMLButtonElement);
const saveButton = element('save', HTMLButtonElement);
const notice = element('notice', HTMLElement);
const curves = new Curves(element('loss-chart', SVGSVGElement), element('accuracy-chart', SVGSVGElement));
const answer = new AnswerView();
const backends = new SwitchView('wasm', (backend) => ask({ kind: 'switch', backend }));

let ready = false;
/** The image to ask about; one question is under way at a time, so that the newest never waits behind older ones. */
let image: Float32Array | undefined;
let asked = false;
let stale = false;
/** Whether the next answer is to be said aloud. */
let announcing = false;

function question(): void {
  if (asked) stale = true;
  if (!ready || asked || image === undefined) return;
  [asked, stale] = [true, false];
  ask({ kind: 'read', image });
}

const pad = new Pad(element('pad', HTMLCanvasElement), {
  changed: (strokes: readonly Stroke[]) => {
    const drawn = imageOf(strokes, framing);
    answer.showImage(drawn, side);
    image = strokes.length > 0 ? drawn : undefined;
    stale = image !== undefined;
    if (image === undefined) answer.show(undefined);
    question();
  },
  settled: () => {
    announcing = true;
    if (!asked && !stale) announce();
  },
});

function announce(): void {
  announcing = false;
  answer.announce();
}

function tell(text: string, kind: 'good' | 'bad' | 'plain' = 'plain'): void {
  notice.textContent = text;
  notice.className = kind;
}

function showTraining(on: boolean): void {
  document.documentElement.classList.toggle('training', on);
  // A disabled button loses the focus; whoever pressed it goes on with its counterpart.
  const focused = document.activeElement;
  [trainButton.disabled, pauseButton.disabled] = [on, !on];
  if (focused === (on ? trainButton : pauseButton)) (on ? pauseButton : trainButton).focus();
}

const receive = (report: Report): void => {
  switch (report.kind) {
    case 'ready':
      ready = true;
      for (const button of [trainButton, resetButton, saveButton]) button.disabled = false;
      element('description', HTMLElement).textContent = `${report.description}. The network has ${report.parameters.toLocaleString('en')} weights.`;
      backends.show(report.figures);
      backends.busy = false;
      question();
      break;
    case 'training':
      showTraining(report.on);
      break;
    case 'losses':
      curves.addLosses(report.losses);
      backends.show(report.figures);
      element('loss', HTMLElement).textContent = curves.loss!.toFixed(3);
      element('steps', HTMLElement).textContent = `epoch ${report.epoch}, step ${curves.steps.toLocaleString('en')}`;
      break;
    case 'accuracy':
      curves.addAccuracy(report.step, report.accuracy);
      element('accuracy', HTMLElement).textContent = percent(report.accuracy);
      // What is drawn is read again as the network learns.
      question();
      break;
    case 'renewed':
      curves.clear();
      for (const id of ['loss', 'accuracy']) element(id, HTMLElement).textContent = '–';
      element('steps', HTMLElement).textContent = 'not trained yet';
      tell('A new network with random weights.');
      question();
      break;
    case 'switched':
      backends.show(report.figures);
      backends.busy = false;
      question();
      break;
    case 'answer':
      asked = false;
      if (image !== undefined) answer.show(report.probabilities);
      if (stale) question();
      else if (announcing) announce();
      break;
    case 'saved':
      download(`digits-${side}x${side}.safetensors`, report.bytes);
      tell('The weights are in your downloads. Drop the file here to use them again.', 'good');
      break;
    case 'loaded':
      element('accuracy', HTMLElement).textContent = percent(report.accuracy);
      tell(`${report.name} is loaded: test accuracy ${percent(report.accuracy)}.`, 'good');
      question();
      break;
    case 'failed':
      if (report.during === 'read') asked = false;
      if (report.during === 'start' || report.during === 'switch') backends.refuse(report.message);
      tell(report.during === 'load' ? report.message : `That did not work (${report.during}): ${report.message}`, 'bad');
  }
};

worker.addEventListener('message', ({ data }: MessageEvent<Report>) => receive(data));
worker.addEventListener('error', ({ message }) => tell(`The worker could not be started: ${message || 'see the console'}`, 'bad'));

trainButton.addEventListener('click', () => ask({ kind: 'train' }));
pauseButton.addEventListener('click', () => ask({ kind: 'pause' }));
resetButton.addEventListener('click', () => ask({ kind: 'reset' }));
saveButton.addEventListener('click', () => ask({ kind: 'save' }));
element('clear', HTMLButtonElement).addEventListener('click', () => pad.clear());
onFile(element('file', HTMLInputElement), (file) => {
  void file.arrayBuffer().then((buffer) => ask({ kind: 'load', name: file.name, bytes: new Uint8Array(buffer) }));
});
ask({ kind: 'start', source, backend: 'wasm' });
