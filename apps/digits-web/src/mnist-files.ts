/** The names by which server and page speak of the MNIST files. */

/** Where the server offers the files of `--data`. */
export const MNIST_PATH = '/mnist/';

/** Images and labels for training, images and labels for the test. */
export const MNIST_FILES = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
] as const;
