/** The ten probabilities, the answer in words, and the image that the network sees. */
import { element } from './elements';

/** Below it the answer is called a guess. */
const SURE = 0.7;

export class AnswerView {
  readonly #rows: { readonly row: HTMLElement; readonly bar: HTMLElement; readonly number: HTMLElement }[] = [];
  readonly #guess = element('guess', HTMLElement);
  readonly #spoken = element('spoken', HTMLElement);
  readonly #seen = element('seen', HTMLCanvasElement);
  #sentence = '';

  constructor() {
    const list = element('probabilities', HTMLOListElement);
    for (let digit = 0; digit < 10; digit++) {
      const row = document.createElement('li');
      const [name, track, bar, number] = ['span', 'span', 'span', 'span'].map((tag) => document.createElement(tag));
      name!.textContent = String(digit);
      track!.className = 'track';
      track!.append(bar!);
      number!.className = 'number';
      row.append(name!, track!, number!);
      list.append(row);
      this.#rows.push({ row, bar: bar!, number: number! });
    }
    this.show(undefined);
  }

  /** Undefined: nothing is drawn. */
  show(probabilities: readonly number[] | undefined): void {
    const best = probabilities?.reduce((high, value, digit) => (value > probabilities[high]! ? digit : high), 0);
    this.#rows.forEach(({ row, bar, number }, digit) => {
      const probability = probabilities?.[digit] ?? 0;
      row.classList.toggle('best', digit === best);
      bar.style.setProperty('--share', probability.toFixed(4));
      number.textContent = probabilities ? `${Math.round(probability * 100)} %` : '';
    });
    this.#guess.textContent = best === undefined ? '–' : String(best);
    const sure = best === undefined ? 0 : probabilities![best]!;
    this.#guess.classList.toggle('unsure', sure < SURE);
    this.#sentence = best === undefined ? 'Nothing is drawn.' : `${sure < SURE ? 'Perhaps' : 'It is'} a ${best}, ${Math.round(sure * 100)} percent.`;
  }

  /** Says the answer aloud, where somebody listens. Not on every change: while a line is drawn it would never end. */
  announce(): void {
    this.#spoken.textContent = this.#sentence;
  }

  showImage(image: Float32Array, side: number): void {
    const canvas = this.#seen;
    [canvas.width, canvas.height] = [side, side];
    const pixels = new ImageData(side, side);
    const colour = getComputedStyle(canvas).color.match(/[\d.]+/g)!.map(Number);
    image.forEach((ink, i) => pixels.data.set([colour[0]!, colour[1]!, colour[2]!, Math.round(ink * 255)], i * 4));
    canvas.getContext('2d')!.putImageData(pixels, 0, 0);
  }
}
