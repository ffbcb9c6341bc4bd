/** Shows how far training is: a bar on a terminal, otherwise one line per epoch. */
import { SingleBar } from 'cli-progress';
import { logProgress, type Progress } from '@cotangent/train';
import type { Terminal } from './terminal';

const FORMAT = '{label} [{bar}] {value}/{total}  loss {loss}  {rate} images/s  {left} s left';

/** A bar for every epoch; without a terminal that could show it, a line of results after every epoch. */
export function progressOn({ live, print, style }: Terminal): Progress {
  if (live === undefined) return logProgress(print);
  let bar: SingleBar | undefined;
  return {
    update: ({ label, batch, batches = batch, loss, rate, eta }) => {
      const payload = {
        label,
        loss: loss === undefined ? '-' : loss.toFixed(4),
        rate: Math.round(rate),
        left: eta === undefined ? '?' : Math.ceil(eta),
      };
      if (bar === undefined) {
        bar = new SingleBar({
          stream: live,
          format: FORMAT,
          barsize: Math.max(5, Math.min(30, style.columns - 75)),
          barCompleteChar: style.rich ? '\u2588' : '=',
          barIncompleteChar: style.rich ? '\u2591' : ' ',
          clearOnComplete: true,
          // Nothing about the terminal is changed that an abrupt end could leave behind.
          linewrap: null,
          // Ctrl-C is ours: it saves a checkpoint first.
          gracefulExit: false,
        });
        bar.start(batches, batch, payload);
      } else {
        bar.update(batch, payload);
      }
    },
    end: () => {
      bar?.stop();
      bar = undefined;
    },
  };
}
