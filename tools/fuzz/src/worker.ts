/** A process that examines the graphs it is sent, one at a time; main.ts starts it. */
import { MAKERS } from './backends';
import { Examiner, type ExamineOptions } from './examine';

const examiner = new Examiner(MAKERS, JSON.parse(process.argv[2]!) as ExamineOptions);

process.on('message', (seed: number) => {
  void examiner
    .examine(seed)
    .catch((error: unknown) => `graph ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    .then((problem) => process.send!({ seed, problem }));
});
