/** Files that come in (chosen or dropped anywhere on the page) and go out. */

/**
 * Calls `receive` with the file that was chosen or dropped. While one is held over the page, `<html>` has the class `dropping`.
 * Everything dropped is taken: whether it is of use is found out, and said, by whoever reads it.
 */
export function onFile(input: HTMLInputElement, receive: (file: File) => void): void {
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file) receive(file);
    input.value = ''; // the same file can be chosen again
  });
  const { classList } = document.documentElement;
  addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    classList.add('dropping');
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) classList.remove('dropping');
  });
  addEventListener('drop', (event) => {
    classList.remove('dropping');
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    receive(file);
  });
}

/** Hands bytes to the browser's downloads. */
export function download(name: string, bytes: Uint8Array): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Browsers read the address when the click is handled, which is after this task.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
