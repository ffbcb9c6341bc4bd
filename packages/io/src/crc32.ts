let table: Uint32Array | undefined;

/**
 * The checksum of zip and PNG (ISO 3309, polynomial 0xEDB88320).
 *
 * @param before the checksum of the bytes that come before these.
 * @returns an unsigned 32-bit number.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let word = byte;
    for (let bit = 0; bit < 8; bit++) word = word & 1 ? (word >>> 1) ^ 0xedb88320 : word >>> 1;
    return word;
  });
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]!) & 255]!;
  return ~crc >>> 0;
}
