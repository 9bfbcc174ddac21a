"""Stands in for the package `piper`, so that Open-LLM-VTuber's own piper_tts speaks with hibari, in process: its best case."""
import numpy as np
from hibari import Hibari


class PiperVoice:
    @classmethod
    def load(cls, path, use_cuda=False):
        voice = cls()
        voice.hibari = Hibari()
        voice.hibari("Hello there.")
        return voice

    def synthesize_wav(self, text, wav_file, syn_config=None):
        wave = self.hibari(text, seed=1)
        wav_file.setnchannels(1)
        wav_file.setsampwidth(2)
        wav_file.setframerate(self.hibari.sample_rate)
        wav_file.writeframes((np.clip(wave, -1, 1) * 32767).astype(np.int16).tobytes())
