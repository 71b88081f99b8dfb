export { describeWithData, testDataJson, testDataPath } from './testData.ts';
