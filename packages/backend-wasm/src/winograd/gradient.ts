/**
 * The gradient of 3 x 3 filters, the transpose of the forward method: g' = Gt [sum over tiles of (A y' At) (Bt d B)] G. A unit is a part of
 * the tiles, whose sums it keeps for itself; the parts are added in a fixed order when the sums are transformed back.
 *
 * Here the lanes are four channels of one tile, so that what is multiplied lies packed with tiles as the depth of the products.
 */
import { I32, V128, type Local, type Locals } from '../assembler';
import type { KernelBuilder, KernelModule } from '../kernel-module';
import { PRIVATE } from '../layout';
import { wordsAt } from '../words';
import { smaller } from './forward';
import { addProducts } from './products';
import { gradientTile, inputTile, planeSteps, TILE_IN, TILE_OUT, tileVectors } from './tiles';
import { tapTransform } from './transforms';

export const GRADIENT_WORDS = [
  'image', 'other', 'sums', 'channels', 'filters', 'channelPanels', 'filterPanels', 'tiles', 'parts', 'perChunk', 'tileRows', 'tileColumns',
  'height', 'width', 'offsetY', 'offsetX', 'imageDepth', 'imageChannel', 'imageRow', 'otherDepth', 'otherFilter', 'otherRow',
    'otherHeight', 'otherWidth',
  'inputPlane', 'gradientPlane', 'sumPlane', 'partBytes', 'imageRecords', 'otherRecords', 'inputs', 'gradients',
] as const;

/** A record about a tile: rows, masks of columns and of rows, and whether masks are needed, for `size` rows and columns. */
const recordOf = (size: number) => ({ rows: 0, columns: 32, masks: 32 + size * 16, edge: 24, bytes: 32 + 2 * size * 16 });
const [IMAGE, OTHER] = [recordOf(TILE_IN), recordOf(TILE_OUT)];
export const RECORD_BYTES = { image: IMAGE.bytes, other: OTHER.bytes } as const;

/** Adds record(record, origin, y, x, height, width, rowStep): what there is to know about one tile. */
function addRecord(module: KernelModule, size: 4 | 6): number {
  const record = size === TILE_IN ? IMAGE : OTHER;
  return module.helper(`winograd record of ${size}`, new Array<typeof I32>(7).fill(I32), [], (f, ...params) => {
    const [at, origin, y, x, height, width, rowStep] = params as Locals<7>;
    const valid = f.local(I32);
    f.get(at);
    f.get(y).i32(0).op('i32LtS').get(x).i32(0).op('i32LtS', 'i32Or').get(y).i32(size).op('i32Add').get(height).op('i32GtS', 'i32Or');
    f.get(x).i32(size).op('i32Add').get(width).op('i32GtS', 'i32Or').mem('i32Store', record.edge);
    f.get(origin).get(x).i32(2).op('i32Shl', 'i32Add').set(origin);
    for (let i = 0; i < size; i++) {
      f.get(y, height).op('i32LtU').set(valid);
      f.get(at).get(y).i32(0).get(valid).op('select').get(rowStep).op('i32Mul').get(origin).op('i32Add')
        .mem('i32Store', record.rows + i * 4);
      f.get(at).i32(0).get(valid).op('i32Sub', 'i32x4Splat').mem('v128Store', record.masks + i * 16);
      f.get(at).i32(0).get(x, width).op('i32LtU', 'i32Sub', 'i32x4Splat').mem('v128Store', record.columns + i * 16);
      f.add(y, 1).add(x, 1);
    }
  });
}

/**
 * Adds tiles(base, channel, channels, step, record, count, target, plane, scratch, panelStep): all tiles of four channels, lane
 * by lane.
 */
function addTiles(module: KernelModule, size: 4 | 6): number {
  const record = size === TILE_IN ? IMAGE : OTHER;
  return module.helper(`winograd tiles of ${size}`, new Array<typeof I32>(10).fill(I32), [], (f, ...params) => {
    const [base, channel, channels, step, at, count, panel, plane, scratch, panelStep] = params as Locals<10>;
    const target = f.local(I32);
    const lanes = f.locals(I32, 4);
    const steps = planeSteps(f, plane);
    const vectors = tileVectors(f);
    // Lanes behind the last channel repeat it; what becomes of them is not used.
    lanes.forEach((lane, l) => {
      f.get(base);
      smaller(f, () => f.get(channel).i32(l).op('i32Add'), () => f.get(channels).i32(1).op('i32Sub'));
      f.get(step).op('i32Mul', 'i32Add').set(lane);
    });
    f.times(count, () => {
      f.get(panel).set(target);
      const address = (row: number, lane: number): void => void f.get(lanes[lane]!).get(at).mem('i32Load', record.rows + row * 4)
        .op('i32Add');
      const source = { address, masks: { record: at, columns: record.columns, rows: record.masks, edge: record.edge } };
      if (size === TILE_IN) inputTile(f, source, scratch, target, steps, vectors);
      else gradientTile(f, source, scratch, target, steps, vectors);
      f.add(at, record.bytes).addLocal(panel, panelStep);
    });
  });
}

/** Adds the exported kernel. */
export function emitGradient(module: KernelModule, exportName: string): void {
  const [imageRecord, otherRecord] = [addRecord(module, TILE_IN), addRecord(module, TILE_OUT)];
  const [imageTiles, otherTiles, products] = [addTiles(module, TILE_IN), addTiles(module, TILE_OUT), addProducts(module)];
  module.kernel(exportName, 'winograd gradient', (f, p, from, to) => {
    const word = wordsAt(f, p, GRADIENT_WORDS);
    GRADIENT_WORDS.forEach(word);
    const [memory, part, first, end, count, j, tile, row, depth, y, x, c, target, sums, later] = f.locals(I32, 15);
    f.thread().mem('i32Load', PRIVATE).set(memory);
    const own = (name: 'imageRecords' | 'otherRecords' | 'inputs' | 'gradients'): KernelBuilder => f.get(memory, word(name)).op('i32Add');
    /** Pushes the first tile of a part. */
    const start = (next: 0 | 1): void => void f.get(part).i32(next).op('i32Add').get(word('tiles')).op('i32Mul')
      .get(word('parts')).op('i32DivU');
    const records = (): void => {
      f.for(j, count, 1, () => {
        f.get(first, j).op('i32Add').tee(tile).get(word('tileColumns')).op('i32DivU').tee(row).get(word('tileRows')).op('i32DivU')
          .set(depth);
        f.get(row).get(depth, word('tileRows')).op('i32Mul', 'i32Sub').i32(2).op('i32Shl').set(y);
        f.get(tile).get(row, word('tileColumns')).op('i32Mul', 'i32Sub').i32(2).op('i32Shl').set(x);
        own('imageRecords').get(j).i32(IMAGE.bytes).op('i32Mul', 'i32Add').get(depth, word('imageDepth')).op('i32Mul');
        f.get(y, word('offsetY')).op('i32Add').get(x, word('offsetX')).op('i32Add')
          .get(word('height'), word('width'), word('imageRow')).call(imageRecord);
        own('otherRecords').get(j).i32(OTHER.bytes).op('i32Mul', 'i32Add').get(depth, word('otherDepth')).op('i32Mul');
        f.get(y, x, word('otherHeight'), word('otherWidth'), word('otherRow')).call(otherRecord);
      });
    };
    f.get(from).set(part).get(to, from).op('i32Sub').set(to);
    f.times(to, () => {
      f.get(word('sums')).get(part, word('partBytes')).op('i32Mul', 'i32Add').set(sums);
      f.i32(0).set(later);
      start(0);
      f.set(first);
      start(1);
      f.set(end);
      f.loop((again) => {
        smaller(f, () => f.get(end, first).op('i32Sub'), () => f.get(word('perChunk')));
        f.set(count);
        records();
        own('inputs').set(target);
        // Two halves of four channels make a panel of eight.
        f.for(c, word('channelPanels'), 1, () => {
          for (const half of [0, 1]) {
            f.get(word('image')).get(c).i32(3).op('i32Shl').i32(half * 4).op('i32Add').get(word('channels'), word('imageChannel'));
            own('imageRecords').get(count).get(target).i32(half * 16).op('i32Add').get(word('inputPlane'), memory).i32(32).call(imageTiles);
          }
          f.get(target).get(count).i32(5).op('i32Shl', 'i32Add').set(target);
        });
        own('gradients').set(target);
        f.for(c, word('filterPanels'), 1, () => {
          f.get(word('other')).get(c).i32(2).op('i32Shl').get(word('filters'), word('otherFilter'));
          own('otherRecords').get(count, target, word('gradientPlane'), memory).i32(16).call(otherTiles);
          f.get(target).get(count).i32(4).op('i32Shl', 'i32Add').set(target);
        });
        f.get(count);
        own('gradients');
        own('inputs').get(sums, word('filterPanels'), word('channelPanels'), word('gradientPlane'), word('inputPlane'),
          word('sumPlane'), later).call(products);
        f.i32(1).set(later).get(first, count).op('i32Add').tee(first).get(end).op('i32LtS').brIf(again);
      });
      f.add(part, 1);
    });
    f.i32(0);
  });
}

export const TAPS_WORDS = ['sums', 'out', 'channels', 'filterPanels', 'parts', 'partBytes', 'sumPlane', 'outFilter',
  'outChannel', 'outRow', 'outColumn'] as const;

/** Adds the exported kernel that adds the parts and transforms the sums into gradients of taps. A unit is a filter. */
export function emitTaps(module: KernelModule, exportName: string): void {
  module.kernel(exportName, 'winograd taps', (f, p, from, to) => {
    const word = wordsAt(f, p, TAPS_WORDS);
    TAPS_WORDS.forEach(word);
    const [memory, filter, c, at, plane, parts, target, row] = f.locals(I32, 8);
    const u = f.locals(V128, 6);
    const t = f.locals(V128, 4);
    const sum = f.local(V128);
    f.thread().mem('i32Load', PRIVATE).set(memory);
    const channel = (lane: number): KernelBuilder => f.get(c).i32(lane).op('i32Add');
    /** Pushes the address of a tap of the channel in a lane. */
    const address = (into: Local, lane: number): KernelBuilder => f.get(into).get(word('outChannel')).i32(lane).op('i32Mul', 'i32Add');
    f.get(from).set(filter).get(to, from).op('i32Sub').set(to);
    f.times(to, () => {
      f.for(c, word('channels'), 4, () => {
        // Tiles [panel of 8 channels][filter][8 channels].
        f.get(word('sums')).get(c).i32(3).op('i32ShrU').get(word('filterPanels')).i32(7).op('i32Shl', 'i32Mul', 'i32Add');
        f.get(filter).i32(5).op('i32Shl', 'i32Add').get(c).i32(4).op('i32And').i32(2).op('i32Shl', 'i32Add').set(plane);
        f.get(word('out')).get(filter, word('outFilter')).op('i32Mul', 'i32Add').get(c, word('outChannel')).op('i32Mul', 'i32Add')
          .set(target);
        for (let j = 0; j < TILE_IN; j++) {
          for (let i = 0; i < TILE_IN; i++) {
            f.get(plane).mem('v128Load').set(sum).get(plane).set(at).get(word('parts')).i32(1).op('i32Sub').set(parts);
            f.times(parts, () => f.addLocal(at, word('partBytes')).get(sum).get(at).mem('v128Load').op('f32x4Add').set(sum));
            f.get(sum).set(u[i]!).addLocal(plane, word('sumPlane'));
          }
          tapTransform(f, u, t, (i, push) => {
            f.get(memory);
            push();
            f.mem('v128Store', (i * TILE_IN + j) * 16);
          });
        }
        for (let i = 0; i < 3; i++) {
          for (let j = 0; j < TILE_IN; j++) f.get(memory).mem('v128Load', (i * TILE_IN + j) * 16).set(u[j]!);
          f.get(target).set(row);
          tapTransform(f, u, t, (_, push) => {
            push();
            f.set(sum);
            for (let lane = 0; lane < 4; lane++) {
              channel(lane).get(word('channels')).op('i32LtS').if(() => void address(row, lane).get(sum).laneMem('v128Store32Lane', lane));
            }
            f.addLocal(row, word('outColumn'));
          });
          f.addLocal(target, word('outRow'));
        }
      });
      f.add(filter, 1);
    });
    f.i32(0);
  });
}
