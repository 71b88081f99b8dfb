export { plainKernel } from './plainKernel.ts';
export { type SyntheticEvaluation, syntheticEvaluationInput } from './syntheticEvaluation.ts';
export { testClusterer } from './testClusterer.ts';
export { describeWithData, testDataJson, testDataPath } from './testData.ts';
export { testDataset } from './testDataset.ts';
export { testEncoder } from './testEncoder.ts';
export { type EvaluatorSuite, testEvaluator } from './testEvaluator.ts';
export { testKernel } from './testKernel.ts';
export { testPruner } from './testPruner.ts';
