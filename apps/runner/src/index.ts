export * from '@refrain/pipeline';
