# #region load
from datasets import Audio, load_dataset

kept = load_dataset('json', data_files='kept/kept.jsonl', split='train').rename_column('path', 'audio').cast_column('audio', Audio())
# #endregion
