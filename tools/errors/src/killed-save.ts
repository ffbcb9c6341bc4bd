/** Saves over the file named on the command line, endlessly, and says so on stdout: something to be killed. */
import { setTimeout } from 'node:timers/promises';
import { saveFile } from '@cotangent/io';

async function* pieces(): AsyncGenerator<Uint8Array> {
  for (;;) {
    yield new Uint8Array(1 << 16).fill(0xff);
    process.stdout.write('.');
    await setTimeout(1);
  }
}

await saveFile(process.argv[2]!, pieces());
