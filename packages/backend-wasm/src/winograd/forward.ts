/**
 * Convolutions with 3 x 3 filters and step 1: what is computed is cut into tiles of 4 x 4, and a unit is a number of successive tiles,
 * counted through rows and images. Transformed tiles stay in the memory of the thread, sized to fit a level-2 cache: channel by channel
 * the inputs are transformed into panels, plane by plane multiplied with the filters, filter by filter transformed back and stored.
 */
import { I32, type Local, type Locals } from '../assembler';
import type { KernelBuilder, KernelModule } from '../kernel-module';
import { PRIVATE } from '../layout';
import { addProducts } from './products';
import { addStorePart, inputTile, outputTile, planeSteps, TILE_IN, TILE_OUT, tileVectors } from './tiles';
import { wordsAt } from '../words';

/** Addresses, sizes, distances in bytes, and where things lie in the memory of the thread. */
export const FORWARD_WORDS = [
  'image', 'filters', 'out', 'channels', 'panels', 'outputs', 'tiles', 'perUnit', 'tileRows', 'tileColumns',
  'height', 'width', 'offsetY', 'offsetX', 'imageAcross', 'imageChannel', 'imageRow', 'outAcross', 'outFilter', 'outRow',
    'outHeight', 'outWidth',
  'filterPlane', 'inputPlane', 'productPlane', 'records', 'inputs', 'products',
] as const;

/** A record about four tiles, in bytes. */
const RECORD = {
  /** For each of 6 rows and each lane how far the row is from the start of the channel. */
  rows: 0,
  columnMasks: TILE_IN * 16,
  rowMasks: 2 * TILE_IN * 16,
  /** For each lane the place in the channel of the result. */
  out: 3 * TILE_IN * 16,
  /** For each lane how many rows and columns are stored. */
  outRows: 3 * TILE_IN * 16 + 16,
  outColumns: 3 * TILE_IN * 16 + 32,
  edge: 3 * TILE_IN * 16 + 48,
  ragged: 3 * TILE_IN * 16 + 52,
  bytes: 3 * TILE_IN * 16 + 64,
} as const;
export const RECORD_BYTES = RECORD.bytes;

/** Pushes the smaller of two values, compared with their signs. */
export function smaller(f: KernelBuilder, a: () => void, b: () => void): void {
  a();
  b();
  a();
  b();
  f.op('i32LtS', 'select');
}

/** Pushes whether 0 <= value < limit. */
const inside = (f: KernelBuilder, value: Local, limit: Local): KernelBuilder => f.get(value, limit).op('i32LtU');

/**
 * Adds records(p, scratch, first, count): the records of tiles `first` to `first + count`, a multiple of four. Tiles behind the last
 * one repeat it and store nothing.
 */
function addRecords(module: KernelModule): number {
  return module.helper('winograd tile records', new Array<typeof I32>(4).fill(I32), [], (f, p, memory, first, count) => {
    const word = wordsAt(f, p, FORWARD_WORDS);
    const names = ['tiles', 'tileRows', 'tileColumns', 'height', 'width', 'offsetY', 'offsetX', 'imageAcross', 'imageRow',
      'outAcross', 'outRow', 'outHeight', 'outWidth', 'records'] as const;
    const [tiles, tileRows, tileColumns, height, width, offsetY, offsetX, imageAcross, imageRow, outAcross, outRow, outHeight,
      outWidth, records] = names.map(word) as Locals<14>;
    const [j, tile, across, ty, tx, y, x, row, valid, at, record, origin, rows, columns] = f.locals(I32, 14);
    f.for(j, count, 1, () => {
      smaller(f, () => f.get(first, j).op('i32Add'), () => f.get(tiles).i32(1).op('i32Sub'));
      f.tee(tile).get(tileColumns).op('i32DivS').tee(row).get(tileRows).op('i32DivS').set(across);
      f.get(row).get(across, tileRows).op('i32Mul', 'i32Sub').i32(2).op('i32Shl').set(ty);
      f.get(tile).get(row, tileColumns).op('i32Mul', 'i32Sub').i32(2).op('i32Shl').set(tx);
      f.get(memory, records).op('i32Add').get(j).i32(2).op('i32ShrU').i32(RECORD.bytes).op('i32Mul', 'i32Add').tee(record);
      f.get(j).i32(3).op('i32And').i32(2).op('i32Shl', 'i32Add').set(at);
      f.get(j).i32(3).op('i32And', 'i32Eqz').if(() => {
        f.get(record).i32(0).mem('i32Store', RECORD.edge).get(record).i32(0).mem('i32Store', RECORD.ragged);
      });
      f.get(ty, offsetY).op('i32Add').set(y).get(tx, offsetX).op('i32Add').set(x);
      f.get(across, imageAcross).op('i32Mul').get(x).i32(2).op('i32Shl', 'i32Add').set(origin);
      // Edges: a row or a column of the tile lies outside.
      f.get(record).get(record).mem('i32Load', RECORD.edge);
      f.get(y).i32(0).op('i32LtS').get(x).i32(0).op('i32LtS', 'i32Or').get(y).i32(TILE_IN).op('i32Add').get(height).op('i32GtS', 'i32Or');
      f.get(x).i32(TILE_IN).op('i32Add').get(width).op('i32GtS', 'i32Or', 'i32Or').mem('i32Store', RECORD.edge);
      for (let i = 0; i < TILE_IN; i++) {
        // A row outside is read where row 0 is, and masked.
        inside(f, y, height).set(valid);
        f.get(at).get(y).i32(0).get(valid).op('select').get(imageRow).op('i32Mul').get(origin).op('i32Add')
          .mem('i32Store', RECORD.rows + i * 16);
        f.get(at).i32(0).get(valid).op('i32Sub').mem('i32Store', RECORD.rowMasks + i * 16);
        f.get(at).i32(0);
        inside(f, x, width).op('i32Sub').mem('i32Store', RECORD.columnMasks + i * 16);
        f.add(y, 1).add(x, 1);
      }
      f.get(at).get(across, outAcross).op('i32Mul').get(ty, outRow).op('i32Mul', 'i32Add').get(tx).i32(2).op('i32Shl', 'i32Add');
      f.mem('i32Store', RECORD.out);
      smaller(f, () => f.get(outHeight, ty).op('i32Sub'), () => f.i32(TILE_OUT));
      f.i32(0).get(first, j).op('i32Add').get(tiles).op('i32LtS', 'select').set(rows);
      smaller(f, () => f.get(outWidth, tx).op('i32Sub'), () => f.i32(TILE_OUT));
      f.set(columns);
      f.get(at, rows).mem('i32Store', RECORD.outRows).get(at, columns).mem('i32Store', RECORD.outColumns);
      f.get(record).get(record).mem('i32Load', RECORD.ragged).get(rows, columns).op('i32Add').i32(2 * TILE_OUT).op('i32Ne', 'i32Or');
      f.mem('i32Store', RECORD.ragged);
    });
  });
}

/** Adds inputs(channel, record, target, groups, plane, scratch): the tiles of one channel, into panels `step` bytes apart. */
function addInputs(module: KernelModule): number {
  return module.helper('winograd inputs', new Array<typeof I32>(7).fill(I32), [], (f, ...params) => {
    const [channel, record, panel, step, panels, plane, scratch] = params as Locals<7>;
    const target = f.local(I32);
    const steps = planeSteps(f, plane);
    const vectors = tileVectors(f);
    const half = f.local(I32);
    f.get(panels).i32(1).op('i32Shl').set(half);
    f.times(half, () => {
      f.get(panel).set(target);
      const address = (row: number, lane: number): void => void f.get(channel).get(record)
        .mem('i32Load', RECORD.rows + row * 16 + lane * 4).op('i32Add');
      const masks = { record, columns: RECORD.columnMasks, rows: RECORD.rowMasks, edge: RECORD.edge };
      inputTile(f, { address, masks }, scratch, target, steps, vectors);
      f.add(record, RECORD.bytes);
      // The halves of a panel take turns: 16 bytes on, or to the next panel.
      f.get(panel).i32(16).get(step).i32(16).op('i32Sub').get(half).i32(1).op('i32And', 'i32Eqz', 'select', 'i32Add').set(panel);
    });
  });
}

/** Adds outputs(channel, record, source, step, groups, plane, scratch, outRow): the tiles of one filter. */
function addOutputs(module: KernelModule): number {
  const storePart = addStorePart(module);
  return module.helper('winograd outputs', new Array<typeof I32>(8).fill(I32), [], (f, ...params) => {
    const [channel, record, panel, step, groups, plane, scratch, outRow] = params as Locals<8>;
    const source = f.local(I32);
    const steps = planeSteps(f, plane);
    const vectors = tileVectors(f);
    const [odd, ragged] = f.locals(I32, 2);
    f.times(groups, () => {
      f.get(panel).set(source).get(record).mem('i32Load', RECORD.ragged).set(ragged);
      vectors.at.forEach((at, lane) => f.get(channel).get(record).mem('i32Load', RECORD.out + lane * 4).op('i32Add').set(at));
      outputTile(f, source, scratch, steps, vectors, (row, lane, x) => {
        const at = vectors.at[lane]!;
        f.get(ragged).if(
          () => {
            f.get(at, x).get(record).mem('i32Load', RECORD.outColumns + lane * 4).i32(0);
            f.get(record).mem('i32Load', RECORD.outRows + lane * 4).i32(row).op('i32GtS', 'select').call(storePart);
          },
          () => void f.get(at, x).mem('v128Store'),
        );
        if (row < TILE_OUT - 1) f.addLocal(at, outRow);
      });
      f.add(record, RECORD.bytes);
      f.get(panel).i32(16).get(step).i32(16).op('i32Sub').get(odd).op('i32Eqz', 'select', 'i32Add').set(panel);
      f.get(odd).op('i32Eqz').set(odd);
    });
  });
}

/** Adds the exported kernel. */
export function emitForward(module: KernelModule, exportName: string): void {
  const [records, inputs, products, outputs] = [addRecords(module), addInputs(module), addProducts(module), addOutputs(module)];
  module.kernel(exportName, 'winograd', (f, p, from, to) => {
    const word = wordsAt(f, p, FORWARD_WORDS);
    FORWARD_WORDS.forEach(word);
    const [memory, unit, first, count, panels, c, at, target, groups] = f.locals(I32, 9);
    f.thread().mem('i32Load', PRIVATE).set(memory);
    /** Pushes the address of something in the memory of the thread. */
    const own = (name: 'records' | 'inputs' | 'products'): KernelBuilder => f.get(memory, word(name)).op('i32Add');
    f.get(from).set(unit).get(to, from).op('i32Sub').set(to);
    f.times(to, () => {
      f.get(unit, word('perUnit')).op('i32Mul').set(first);
      smaller(f, () => f.get(word('tiles'), first).op('i32Sub'), () => f.get(word('perUnit')));
      f.tee(count).i32(7).op('i32Add').i32(3).op('i32ShrU').set(panels);
      f.get(count).i32(3).op('i32Add').i32(2).op('i32ShrU').set(groups);
      f.get(p, memory, first).get(panels).i32(3).op('i32Shl').call(records);
      f.get(word('image')).set(at);
      own('inputs').set(target);
      f.for(c, word('channels'), 1, () => {
        f.get(at);
        own('records').get(target).get(word('channels')).i32(5).op('i32Shl').get(panels, word('inputPlane'), memory).call(inputs);
        f.addLocal(at, word('imageChannel')).add(target, 32);
      });
      f.get(word('channels'), word('filters'));
      own('inputs');
      own('products').get(word('panels'), panels, word('filterPlane'), word('inputPlane'), word('productPlane')).i32(0).call(products);
      f.get(word('out')).set(at);
      own('products').set(target);
      f.for(c, word('outputs'), 1, () => {
        f.get(at);
        own('records').get(target).get(word('panels')).i32(7).op('i32Shl')
          .get(groups, word('productPlane'), memory, word('outRow')).call(outputs);
        f.addLocal(at, word('outFilter')).add(target, 32);
      });
      f.add(unit, 1);
    });
    f.i32(0);
  });
}
