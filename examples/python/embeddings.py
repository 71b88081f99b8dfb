# #region write
import numpy as np

ids = [f'clip-{i}' for i in range(200)]
embeddings = np.random.default_rng(0).normal(size=(200, 32)).astype(np.float32)  # yours: one row per clip
embeddings[1] = embeddings[0]

np.save('clips.npy', embeddings)
with open('clips.txt', 'w', encoding='utf-8') as file:
    file.write('\n'.join(ids) + '\n')
# #endregion
