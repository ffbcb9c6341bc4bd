import { expect, it } from 'vitest';
import { floats, integers, onnxModel } from './onnx';

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

it('models are protobuf messages with the numbers of the ONNX format', () => {
  const model = onnxModel({
    nodes: [{ op: 'Add', inputs: ['x', 'c'], outputs: ['y'], attributes: { axis: -1 } }],
    inputs: { x: [300] },
    outputs: { y: [300] },
    constants: { c: floats([1], []) },
  });
  const bytes = hex(model);
  // Version 9 of the format, and operator set 20 at the end.
  expect(bytes.startsWith('0809')).toBe(true);
  expect(bytes.endsWith('42040a001014')).toBe(true);
  // The node: inputs x and c, output y, type Add; its attribute: name axis, value -1 in ten bytes, type integer.
  expect(bytes).toContain('0a01780a016312017922034164642a14' + '0a0461786973' + '18ffffffffffffffffff01' + 'a00102');
  // The constant: float32, named c, 1.0. The input: 300 elements of float32.
  expect(bytes).toContain('1001' + '420163' + '4a04' + '0000803f');
  expect(bytes).toContain('0a0178' + '120b' + '0a09' + '0801' + '12050a0308ac02');
});

it('integers are 64 bits wide', () => {
  expect(integers([-1, 2]).data).toEqual(BigInt64Array.of(-1n, 2n));
});
