/**
 * What the operator uses of the SDK, for one late import. A module of our own between: the SDK is CommonJS, and a bundle that loads such a
 * package by `import()` gives it without its names.
 */
export {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  NoSuchKey,
  S3Client,
} from '@aws-sdk/client-s3';
export { Upload } from '@aws-sdk/lib-storage';
