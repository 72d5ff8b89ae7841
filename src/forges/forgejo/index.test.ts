import { testForgeContract } from '../contract.testsuite.ts';
import { forgejo } from './index.ts';

testForgeContract(forgejo);
