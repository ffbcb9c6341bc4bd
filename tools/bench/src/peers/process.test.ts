import { expect, it } from 'vitest';
import { PeerProcess } from './process';

/** A process that runs `body` with every line that it gets, and `say` to answer. */
function scripted(body: string): PeerProcess {
  const code =
    "const say = (x) => require('node:fs').writeSync(3, JSON.stringify(x) + '\\n');" +
    `require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => { ${body} });`;
  return new PeerProcess({ file: process.execPath, args: ['-e', code] });
}

it('answers commands one after the other, whatever is printed', async () => {
  const process = scripted("console.log('noise'); say({ samples: [JSON.parse(line).ms] });");
  expect(await process.ask({ name: 'measure', ms: 7 }, 20_000)).toEqual({ samples: [7] });
  expect(await process.ask({ name: 'measure', ms: 8 }, 20_000)).toEqual({ samples: [8] });
  process.close();
  expect(await process.ask({ name: 'drop' }, 20_000)).toEqual({ error: 'it was closed' });
});

it('a process that dies says why, then and later', async () => {
  const process = scripted("console.error('out of luck'); process.exitCode = 3; process.stdin.destroy();");
  const answer = await process.ask({ name: 'drop' }, 20_000);
  expect(answer).toEqual({ error: 'the process ended (code 3) out of luck' });
  expect(await process.ask({ name: 'drop' }, 20_000)).toEqual(answer);
});

it('a process that does not answer is ended', async () => {
  const process = scripted('');
  expect(await process.ask({ name: 'init' }, 50)).toEqual({ error: "no answer to 'init' in 0.05 s" });
  expect(process.end).toContain('no answer');
});

it('a program that does not exist is an answer too', async () => {
  const process = new PeerProcess({ file: '/no/such/program', args: [] });
  expect(await process.ask({ name: 'init' }, 20_000)).toMatchObject({ error: expect.stringContaining('ENOENT') });
});
