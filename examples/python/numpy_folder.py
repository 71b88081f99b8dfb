import sys

folder = sys.argv[1]
# #region read
import json

import numpy as np

keep = np.load(f'{folder}/indices_to_keep.npy')  # lines of clips.jsonl, counted from 0
with open(f'{folder}/clips.jsonl', encoding='utf-8') as file:
    clips = [json.loads(line) for line in file]
kept = [clips[i] for i in keep]
embeddings = np.load(f'{folder}/embeddings.npy')[keep]  # one unit row for each kept clip
# #endregion
print(len(kept), embeddings.shape[0], len(clips))
