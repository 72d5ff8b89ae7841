import { testForgeContract } from '../contract.testsuite.ts';
import { onedev } from './index.ts';

testForgeContract(onedev);
