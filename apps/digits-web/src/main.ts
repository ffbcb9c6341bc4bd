/** `pnpm app digits-web`: serves the page. */
import { parseArgs } from 'node:util';
import { startServer } from './server';

const HELP = `pnpm app digits-web [options]: serves a page that learns to read handwritten digits, and prints its address.

  --data <dir>   train on MNIST: the folder with its four IDX files, plain or .gz
  --port <n>     default: the first free one from 5173 on
  --host         serve other machines too (they compute without threads and WebGPU)
`;

async function main(): Promise<number> {
  try {
    const { values } = parseArgs({
      options: { data: { type: 'string' }, port: { type: 'string' }, host: { type: 'boolean' }, help: { type: 'boolean' } },
    });
    if (values.help === true) {
      process.stdout.write(HELP);
      return 0;
    }
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65536)) {
      throw new Error(`--port ${values.port ?? ''}: expected a whole number from 0 to 65535.`);
    }
    const server = await startServer({ data: values.data, port, host: values.host, watch: true });
    const { local = [], network = [] } = server.resolvedUrls ?? {};
    process.stdout.write(`${[...local, ...network].join('\n')}\nCtrl-C ends the server\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 1;
  }
}

process.exitCode = await main();
