import { answerInProcess } from '../../src/work/answerQuestions.ts';
import { trialTasks } from './trialTask.ts';

answerInProcess(trialTasks);
