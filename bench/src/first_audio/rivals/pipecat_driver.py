"""Pipecat: a text message -> an OpenAI-compatible model -> its sentences -> hibari in process -> the first sound.

pipecat_driver.py --llm URL --chats N. In: JSON lines {"turns": [{"chat": 0, "messages": [...]}]}, all begun at once; out: one JSON line each,
{"ms": [...], "answers": [...]}. Zero is the message handed to the pipeline, the end the first frame of sound after its speech service.
"""

import argparse
import asyncio
import json
import sys
import time

import numpy as np
from hibari import Hibari
from loguru import logger
from pipecat.frames.frames import EndFrame, ErrorFrame, LLMFullResponseEndFrame, LLMMessagesUpdateFrame, LLMTextFrame, TTSAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.workers.runner import WorkerRunner

RATE = 24_000


class Speech(TTSService):
    """hibari through its own package, in a thread as Pipecat's own local services do."""

    def __init__(self, voice):
        super().__init__(push_start_frame=True, push_stop_frames=True, settings=TTSSettings(model=None, voice=None, language=None))
        self._voice = voice

    def can_generate_metrics(self):
        return True

    async def run_tts(self, text, context_id):
        stream = self._voice.stream(text, seed=1)

        async def chunks():
            while (wave := await asyncio.to_thread(next, stream, None)) is not None:
                yield (np.clip(wave, -1, 1) * 32767).astype(np.int16).tobytes()

        async for frame in self._stream_audio_frames_from_iterator(chunks(), in_sample_rate=RATE, context_id=context_id):
            yield frame


class Watch(FrameProcessor):
    def __init__(self, chat):
        super().__init__()
        self._chat = chat

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMTextFrame):
            self._chat.text += frame.text
        if isinstance(frame, TTSAudioRawFrame) and frame.audio and self._chat.sound is None:
            self._chat.sound = time.perf_counter()
        if isinstance(frame, (LLMFullResponseEndFrame, ErrorFrame)):
            self._chat.done.set()
        await self.push_frame(frame, direction)


class Chat:
    def __init__(self, url, voice, max_tokens):
        self.text, self.sound, self.done, self.ready = "", None, asyncio.Event(), asyncio.Event()
        model = OpenAILLMService(api_key="x", base_url=url,
                                 settings=OpenAILLMService.Settings(model="local", temperature=0.0, max_completion_tokens=max_tokens))
        pair = LLMContextAggregatorPair(LLMContext())
        words, sound = Watch(self), Watch(self)
        self.worker = PipelineWorker(Pipeline([pair.user(), model, words, Speech(voice), sound, pair.assistant()]),
                                     params=PipelineParams(audio_out_sample_rate=RATE), cancel_on_idle_timeout=False)

        @self.worker.event_handler("on_pipeline_started")
        async def _(worker, frame):
            self.ready.set()

    async def turn(self, messages):
        self.text, self.sound = "", None
        self.done.clear()
        began = time.perf_counter()
        await self.worker.queue_frame(LLMMessagesUpdateFrame(messages=messages, run_llm=True))
        await asyncio.wait_for(self.done.wait(), 120)
        for _ in range(100):  # the last sentence may still be spoken
            if self.sound is not None:
                break
            await asyncio.sleep(0.05)
        return None if self.sound is None else 1000 * (self.sound - began)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--llm", required=True)
    parser.add_argument("--chats", type=int, default=1)
    parser.add_argument("--max-tokens", type=int, default=80)
    args = parser.parse_args()
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    voice = Hibari()
    voice("Hello there.")
    chats = [Chat(args.llm, voice, args.max_tokens) for _ in range(args.chats)]
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(*(chat.worker for chat in chats))
    running = asyncio.create_task(runner.run())
    await asyncio.gather(*(chat.ready.wait() for chat in chats))
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        turns = json.loads(line)["turns"]
        times = await asyncio.gather(*(chats[turn["chat"]].turn(turn["messages"]) for turn in turns))
        await asyncio.sleep(1.0)  # what still sounds has been computed
        print(json.dumps({"ms": times, "answers": [chats[turn["chat"]].text for turn in turns]}), flush=True)
    for chat in chats:
        await chat.worker.queue_frame(EndFrame())
    await asyncio.wait_for(running, 20)


asyncio.run(main())
