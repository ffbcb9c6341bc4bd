/** The choice of a backend: what each one does here, or why it cannot. */
import { BACKENDS, BACKEND_NAMES } from './backend';
import { element } from './elements';
import type { BackendName, Figures } from './protocol';

export class SwitchView {
  readonly #rows = new Map<BackendName, { readonly input: HTMLInputElement; readonly text: HTMLElement }>();
  /** Those that can run here. */
  readonly #able = new Set<BackendName>();
  /** The one in use, once there is one. */
  #current: BackendName | undefined;
  #busy = true;

  constructor(first: BackendName, choose: (name: BackendName) => void) {
    const group = element('backends', HTMLFieldSetElement);
    for (const name of BACKEND_NAMES) {
      const [label, input, title, text] = [
        document.createElement('label'),
        document.createElement('input'),
        document.createElement('strong'),
        document.createElement('span'),
      ];
      Object.assign(input, { type: 'radio', name: 'backend', value: name, checked: name === first, disabled: true });
      title.textContent = BACKENDS[name].label;
      text.textContent = 'looking …';
      text.id = `figures-${name}`;
      input.setAttribute('aria-describedby', text.id);
      input.addEventListener('change', () => {
        if (!input.checked) return;
        text.textContent = 'loading …';
        this.busy = true;
        choose(name);
      });
      label.append(input, title, text);
      group.append(label);
      this.#rows.set(name, { input, text });
      void this.#look(name);
    }
  }

  async #look(name: BackendName): Promise<void> {
    const missing = await BACKENDS[name].missing();
    const { input, text } = this.#rows.get(name)!;
    if (missing === undefined) {
      this.#able.add(name);
      if (!input.checked) text.textContent = 'not tried yet';
    } else text.textContent = `Not here: ${missing}.`;
    this.#refresh();
  }

  /** While one is being loaded no other can be chosen. */
  set busy(busy: boolean) {
    this.#busy = busy;
    this.#refresh();
  }

  #refresh(): void {
    const focused = document.activeElement;
    for (const [name, { input }] of this.#rows) {
      // Whoever has the focus keeps it: a disabled control would lose it.
      input.disabled = !this.#able.has(name) || (this.#busy && !input.checked && input !== focused);
    }
  }

  /** Shows how a backend does, which is then the one in use. */
  show({ backend, stepMs, bytes, who }: Figures): void {
    this.#current = backend;
    const { input, text } = this.#rows.get(backend)!;
    input.checked = true;
    const step = stepMs === undefined ? 'no step yet' : `${stepMs.toFixed(stepMs < 10 ? 2 : 0)}\u00a0ms a step`;
    // Hard spaces, so that no number is parted from its unit.
    text.textContent = `${step} · ${(bytes / 2 ** 20).toFixed(1)}\u00a0MB · ${who}`;
  }

  /** The choice did not work: back to the one in use, if there is one. */
  refuse(message: string): void {
    for (const [name, { input, text }] of this.#rows) {
      if (input.checked && name !== this.#current) text.textContent = `Not here: ${message}`;
      input.checked = name === this.#current;
    }
    this.busy = false;
  }
}
