/** The pad: strokes by mouse, finger, pen or keys. */
import type { Point, Stroke } from './strokes';

/** How far an arrow key moves the cursor, as a part of the pad; with Shift it moves further. */
const KEY_STEP = 1 / 32;
const KEY_LEAP = 1 / 8;
/** As wide as the lines the network reads, more or less. */
const LINE_WIDTH = 0.07;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export interface PadEvents {
  /** The drawing is another one; called at most once per frame. */
  readonly changed: (strokes: readonly Stroke[]) => void;
  /** A stroke has ended, or everything was cleared: the moment to say something aloud. Comes after `changed`. */
  readonly settled: () => void;
}

export class Pad {
  #strokes: Point[][] = [];
  /** Whether the last of the strokes is still being drawn: by a pointer with this id, or by keys. */
  #pen: number | 'keys' | undefined;
  #cursor: Point = { x: 0.5, y: 0.25 };
  #pending = false;
  #settling = false;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly events: PadEvents,
  ) {
    canvas.addEventListener('pointerdown', (event) => this.#down(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    for (const end of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(end, (event) => this.#up(event));
    canvas.addEventListener('keydown', (event) => this.#key(event));
    for (const change of ['focus', 'blur'] as const) canvas.addEventListener(change, () => this.#refresh(false));
    new ResizeObserver(() => this.#refresh(false)).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#refresh(false));
  }

  clear(): void {
    this.#strokes = [];
    this.#settle();
  }

  #down(event: PointerEvent): void {
    if (this.#pen !== undefined || event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.#pen = event.pointerId;
    this.#strokes.push([this.#place(event)]);
    this.#refresh(true);
  }

  #move(event: PointerEvent): void {
    if (this.#pen !== event.pointerId) return;
    // What lies between two frames is delivered at once; older browsers have only the last position.
    const all = event.getCoalescedEvents();
    for (const one of all.length > 0 ? all : [event]) this.#strokes.at(-1)!.push(this.#place(one));
    this.#refresh(true);
  }

  #up(event: PointerEvent): void {
    if (this.#pen !== event.pointerId) return;
    this.#settle();
  }

  #settle(): void {
    this.#pen = undefined;
    this.#settling = true;
    this.#refresh(true);
  }

  #place({ clientX, clientY }: PointerEvent): Point {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return { x: (clientX - left) / width, y: (clientY - top) / height };
  }

  #key(event: KeyboardEvent): void {
    const arrow = ARROWS[event.key];
    if (arrow !== undefined) {
      const step = event.shiftKey ? KEY_LEAP : KEY_STEP;
      const inside = (at: number): number => Math.min(1, Math.max(0, at));
      this.#cursor = { x: inside(this.#cursor.x + arrow[0] * step), y: inside(this.#cursor.y + arrow[1] * step) };
      if (this.#pen === 'keys') this.#strokes.at(-1)!.push(this.#cursor);
      this.#refresh(this.#pen === 'keys');
    } else if (event.key === ' ' || event.key === 'Enter') {
      if (this.#pen === 'keys') this.#settle();
      else if (this.#pen === undefined) {
        this.#pen = 'keys';
        this.#strokes.push([this.#cursor]);
        this.#refresh(true);
      }
    } else if (['Delete', 'Backspace', 'Escape'].includes(event.key)) {
      this.clear();
    } else return;
    event.preventDefault();
  }

  /** Draws in the next frame; several changes before it are drawn once. */
  #refresh(changed: boolean): void {
    if (changed && !this.#pending) {
      this.#pending = true;
      requestAnimationFrame(() => {
        this.#pending = false;
        this.#draw();
        this.events.changed(this.#strokes);
        if (this.#settling) this.events.settled();
        this.#settling = false;
      });
    } else if (!changed) this.#draw();
  }

  #draw(): void {
    const { canvas } = this;
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (canvas.width !== side) [canvas.width, canvas.height] = [side, side];
    const context = canvas.getContext('2d')!;
    const style = getComputedStyle(canvas);
    context.clearRect(0, 0, side, side);
    context.strokeStyle = style.getPropertyValue('--ink');
    context.lineWidth = LINE_WIDTH * side;
    context.lineCap = context.lineJoin = 'round';
    for (const stroke of this.#strokes) {
      context.beginPath();
      context.moveTo(stroke[0]!.x * side, stroke[0]!.y * side);
      for (const { x, y } of stroke) context.lineTo(x * side, y * side);
      context.stroke();
    }
    if (canvas.matches(':focus-visible')) this.#drawCursor(context, side, style.getPropertyValue('--accent'));
  }

  /** A ring, filled while the pen is down. */
  #drawCursor(context: CanvasRenderingContext2D, side: number, colour: string): void {
    context.beginPath();
    context.arc(this.#cursor.x * side, this.#cursor.y * side, (LINE_WIDTH * side) / 2, 0, 2 * Math.PI);
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 2 * devicePixelRatio;
    if (this.#pen === 'keys') context.fill();
    context.stroke();
  }
}
