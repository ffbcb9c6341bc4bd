/** How backends, packages and words fit together. The list of all such traps is docs/traps.md. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { backward, gradients } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { Linear, Module } from '@cotangent/layers';
import { SGD } from '@cotangent/optimizers';
import {
  ArgumentError, BackendError, checkpoint, compile, CotangentError, currentBackend, custom, customGradient, DTypeError,
  IndexError, isTensor, keep, memory, ones, parameter, ShapeError, StaleValueError, stopGradient, sum, Tensor, tensor,
  use, type Backend,
} from '@cotangent/tensor';
import { BACKENDS } from '../testing/backends';

const root = new URL('../../../../', import.meta.url);

interface Manifest {
  readonly name: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly sideEffects?: boolean;
}

/** The package.json of every package. */
const manifests = readdirSync(new URL('packages/', root))
  .map((name) => new URL(`packages/${name}/package.json`, root))
  .filter((url) => existsSync(url))
  .map((url) => JSON.parse(readFileSync(url, 'utf8')) as Manifest);

describe.each(BACKENDS)('one current backend: from %s', (_, make) => {
  let first: Backend;
  beforeEach(async () => {
    first = await use(make());
  });

  const others: [string, () => Backend][] = [...BACKENDS.map(([name, other]): [string, () => Backend] => [name, other])];

  it.each(others)('a result is refused on another one, which names to(backend), and can be moved: to %s', async (_, other) => {
    const x = ones([2]).add(1);
    await x.data();
    const second = await use(other());
    expect(currentBackend()).toBe(second);
    const refused = x.mul(2).data();
    await expect(refused).rejects.toThrow(BackendError);
    await expect(refused).rejects.toThrow(new RegExp(`computed on backend '${first.name}', but '${second.name}' is in use.*t = await t\\.to\\(backend\\)`, 's'));
    const moved = await x.to(second);
    expect(await moved.mul(2).array()).toEqual([4, 4]);
    expect(await x.array()).toEqual([2, 2]); // read where it is
  });

  it.each(others)('a trained parameter is refused too: on %s', async (_, other) => {
    const p = parameter(tensor([1, 2]));
    new SGD([p], { lr: 1 }).step(backward(p.sum()));
    await use(other());
    await expect(p.mul(1).data()).rejects.toThrow(/\.to\(backend\)/);
    expect(await p.array()).toEqual([0, 1]);
    const moved = parameter(await p.to(currentBackend()));
    new SGD([moved], { lr: 1 }).step(backward(moved.sum()));
    expect(await moved.array()).toEqual([-1, 0]);
  });

  it('several may be held at once and take turns', async () => {
    const backends = [first, make(), cpu()];
    for (let round = 0; round < 3; round++) {
      for (const backend of backends) {
        await use(backend);
        expect(await ones([3]).mul(round).sum().item()).toBe(3 * round);
      }
    }
    expect(backends.map((backend) => backend.stats().plans)).toEqual([3, 3, 3]);
  });

  it('after dispose it says so, and another one works', async () => {
    first.dispose();
    await expect(ones([1]).add(1).data()).rejects.toThrow(/disposed/);
    await use(make());
    expect(await ones([1]).add(1).item()).toBe(2);
  });

  describe('custom ops', () => {
    const plus = (n: number, dtype?: 'int32'): ((x: Tensor) => Tensor) => {
      const op = custom({
        name: 'plus',
        shape: ([x]) => x!,
        dtype: ([x]) => dtype ?? x!,
        forward: ([x], out) => x!.data.forEach((v, i) => (out.data[i] = v + n)),
        vjp: () => (grad) => [grad.mul(n)],
      });
      return (x) => op([x]);
    };

    it('are not looked up by name: two of one name do what each of them says', async () => {
      const x = parameter(tensor([1, 2]));
      const [one, ten, whole] = [plus(1), plus(10), plus(100, 'int32')];
      for (let i = 0; i < 2; i++) {
        expect(await one(x).array()).toEqual([2, 3]);
        expect(await ten(x).array()).toEqual([11, 12]);
        expect(await ten(one(ten(x))).array()).toEqual([22, 23]);
      }
      expect(whole(x).dtype).toBe('int32');
      expect(await gradients(ten(one(x)).sum(), [x])[0]!.array()).toEqual([10, 10]);
    });

    it('carry their own shape rule, gradient and reference; stopGradient, customGradient and checkpoint are ops of the core', async () => {
      const pairs = custom({
        name: 'pairs',
        shape: ([x]) => {
          if (x![0]! % 2 !== 0) throw new ShapeError(`pairs: got ${x![0]} elements; expected an even number.`);
          return [x![0]! / 2];
        },
        forward: ([x], out) => out.data.forEach((_, i) => (out.data[i] = x!.data[2 * i]! + x!.data[2 * i + 1]!)),
        vjp: () => (grad) => [grad.reshape(-1, 1).expand(grad.size, 2).reshape(-1)],
      });
      expect(() => pairs([ones([3])])).toThrow(/pairs: got 3 elements/);
      const x = parameter(tensor([1, 2, 3, 4]));
      const y = pairs([checkpoint((t) => customGradient((u) => u.mul(5), (grad) => [grad.mul(2)])(t), x)]).add(sum(stopGradient(x)));
      expect(await y.array()).toEqual([25, 45]);
      expect(await gradients(y.sum(), [x])[0]!.array()).toEqual([2, 2, 2, 2]);
    });
  });

  it('console.log of a tensor prints shape, dtype and "not computed", and runs no plan', async () => {
    const x = ones([2, 3]).mul(2);
    const pending = memory().pending.nodes;
    for (const text of [String(x), inspect(x), inspect({ list: [x] })]) {
      expect(text).toMatch(/\[2, 3\].*float32.*not computed/);
    }
    expect([first.stats().plans, memory().pending.nodes]).toEqual([0, pending]);
    await x.data();
    expect(inspect(x)).toContain('2.0000');
  });
});

describe('two copies of the core', () => {
  /** The packages again, as an installation with two versions has them. */
  async function again() {
    vi.resetModules();
    return { core: await import('@cotangent/tensor'), layers: await import('@cotangent/layers') };
  }

  it('throw at first contact, whichever way round, and name the remedy', async () => {
    const other = await again();
    await use(cpu());
    await other.core.use(cpu());
    expect(other.core.Tensor).not.toBe(Tensor);
    const foreign = other.core.ones([2, 2]);
    const model = new other.layers.Linear(2, 2);
    const foreignLoss = other.core.parameter(other.core.ones([1])).sum();
    const contacts: (() => unknown)[] = [
      () => ones([2, 2]).add(foreign),
      () => sum(foreign),
      () => isTensor(foreign),
      () => backward(foreignLoss),
      () => gradients(foreignLoss, [parameter(ones([1]))]),
      () => gradients(ones([1]), [foreignLoss]),
      () => keep(foreign),
      () => compile((x: Tensor) => x.add(1))(foreign),
      () => new SGD(model.parameters(), { lr: 1 }),
      () => new SGD([{ params: model.parameters() }], { lr: 1 }),
      () => new Linear(2, 2).forward(foreign),
      () => parameter(ones([2, 2])).assign(foreign),
      () => foreign.add(ones([2, 2])),
      () => model.forward(ones([2, 2])),
      () => new (class extends Module {
        part = model;
        forward(): void {
          // not called
        }
      })().parameters(),
    ];
    for (const contact of contacts) expect(contact).toThrow(/another copy of @cotangent\/\w+.*npm dedupe/s);
  });

  it('are prevented by the manifests: the core is a peer of every package', () => {
    expect(manifests.length).toBeGreaterThan(10);
    for (const { name, dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } of manifests) {
      if (name === '@cotangent/tensor') expect([dependencies, peerDependencies]).toEqual([{}, {}]);
      else if (name !== '@cotangent/backend-tests') {
        // Optional peers, such as the WebGPU of Node, are the user's choice.
        const peers = Object.keys(peerDependencies).filter((peer) => !peerDependenciesMeta[peer]?.optional);
        expect({ name, peers }).toEqual({ name, peers: ['@cotangent/tensor'] });
        expect(Object.keys(dependencies)).not.toContain('@cotangent/tensor');
      }
    }
  });
});

describe('packages', () => {
  it('layers need no autodiff, and no package but the test suite and the one for pages brings a backend along', () => {
    const dependencies = new Map(manifests.map(({ name, dependencies = {} }) => [name, Object.keys(dependencies)]));
    expect(dependencies.get('@cotangent/layers')).toEqual([]);
    for (const [name, list] of dependencies) {
      if (name === '@cotangent/backend-tests' || name === 'cotangent') continue;
      expect({ name, backends: list.filter((to) => to.includes('backend')) }).toEqual({ name, backends: [] });
    }
  });

  it('work on Node from 20.19, and have no side effects when imported', () => {
    for (const { name, engines, sideEffects } of manifests) {
      expect({ name, engines, sideEffects }).toEqual({ name, engines: { node: '>=20.19' }, sideEffects: false });
    }
  });

  it('are written for ES2022', () => {
    expect(readFileSync(new URL('tsconfig.base.json', root), 'utf8')).toMatch(/"target": "es2022",\s*"lib": \["ES2022", "DOM", "DOM.Iterable"\]/);
  });
});

describe('words', () => {
  it('axes are dim and keepdim, in options', () => {
    const x = ones([2, 3]);
    expect(x.sum({ dim: 1, keepdim: true }).shape).toEqual([2, 1]);
    expect(x.amax({ dim: -1 }).shape).toEqual([2]);
    // In no signature of a package is there another word for it.
    for (const name of ['tensor/src/ops', 'layers/src/activation', 'layers/src/norm']) {
      const folder = new URL(`packages/${name}/`, root);
      for (const file of readdirSync(folder).filter((path) => /(?<!test)\.ts$/.test(path))) {
        expect(readFileSync(new URL(file, folder), 'utf8'), file).not.toMatch(/\b(keepDims?|keepdims)\b|readonly (axis|axes|dimension)\?:/);
      }
    }
  });

  it('Tensor has about forty methods', () => {
    const members = Object.entries(Object.getOwnPropertyDescriptors(Tensor.prototype));
    const own = members.flatMap(([name, { value }]) => (typeof value === 'function' ? name : []));
    const chained = own.filter((name) => !/constructor|data|array|item|^to(String)?$|compute|check/i.test(name));
    expect(chained.length).toBeGreaterThan(25);
    expect(own.length).toBeLessThan(75);
  });
});

describe('errors', () => {
  it('are classes with codes, a cause where there is one, and the line of the user', async () => {
    await use(cpu());
    const p = parameter(tensor([1]));
    const old = p.mul(2);
    p.assign(ones([1]));
    const cases: [new (message: string) => CotangentError, string, () => unknown][] = [
      [ShapeError, 'ERR_SHAPE', () => ones([2]).add(ones([3]))],
      [DTypeError, 'ERR_DTYPE', () => ones([2]).add(ones([2], { dtype: 'int32' }))],
      [IndexError, 'ERR_INDEX', () => ones([2]).sum({ dim: 4 })],
      [ArgumentError, 'ERR_ARGUMENT', () => ones([2]).add('1' as never)],
      [StaleValueError, 'ERR_STALE', () => old.dataSync()],
    ];
    for (const [kind, code, run] of cases) {
      let error: unknown;
      try {
        run();
      } catch (e) {
        error = e;
      }
      expect(error).toBeInstanceOf(kind);
      expect(error).toBeInstanceOf(CotangentError);
      expect((error as CotangentError).code).toBe(code);
      expect((error as CotangentError).name).toBe(kind.name);
      expect((error as Error).stack).toMatch(/modules\.test\.ts:\d+:\d+/);
    }
    const cause = new Error('underneath');
    expect(new BackendError('on top', { cause }).cause).toBe(cause);
  });
});
