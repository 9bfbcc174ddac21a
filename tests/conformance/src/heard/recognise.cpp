// What is heard: speech to text by Moonshine tiny through sherpa's C interface. In: one path a line, a WAV
// file. Out: its words, one line each. Arguments: the folder of the weights, the file of tokens ("base64
// number" a line).
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>

#include <sherpa-onnx/c-api/c-api.h>

namespace {

template <class T, void (*Destroy)(const T*)>
struct Destroyer {
    void operator()(const T* thing) const { Destroy(thing); }
};
using Recognizer =
    std::unique_ptr<const SherpaOnnxOfflineRecognizer,
                    Destroyer<SherpaOnnxOfflineRecognizer, SherpaOnnxDestroyOfflineRecognizer>>;
using Stream = std::unique_ptr<const SherpaOnnxOfflineStream,
                               Destroyer<SherpaOnnxOfflineStream, SherpaOnnxDestroyOfflineStream>>;
using Wave = std::unique_ptr<const SherpaOnnxWave, Destroyer<SherpaOnnxWave, SherpaOnnxFreeWave>>;
using Words =
    std::unique_ptr<const SherpaOnnxOfflineRecognizerResult,
                    Destroyer<SherpaOnnxOfflineRecognizerResult, SherpaOnnxDestroyOfflineRecognizerResult>>;

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::string folder = argv[1];
    const std::string encoder = folder + "/encoder_model.ort", decoder = folder + "/decoder_model_merged.ort";
    SherpaOnnxOfflineRecognizerConfig config;
    std::memset(&config, 0, sizeof config);
    config.model_config.moonshine.encoder = encoder.c_str();
    config.model_config.moonshine.merged_decoder = decoder.c_str();
    config.model_config.tokens = argv[2];
    config.model_config.num_threads = 1;
    config.model_config.provider = "cpu";
    config.decoding_method = "greedy_search";
    const Recognizer recognizer(SherpaOnnxCreateOfflineRecognizer(&config));
    if (!recognizer) {
        std::cerr << "the recogniser does not load from " << folder << '\n';
        return 2;
    }
    for (std::string path; std::getline(std::cin, path);) {
        const Wave wave(SherpaOnnxReadWave(path.c_str()));
        if (!wave) {
            std::cerr << "no WAV file: " << path << '\n';
            return 1;
        }
        const Stream stream(SherpaOnnxCreateOfflineStream(recognizer.get()));
        SherpaOnnxAcceptWaveformOffline(stream.get(), wave->sample_rate, wave->samples, wave->num_samples);
        SherpaOnnxDecodeOfflineStream(recognizer.get(), stream.get());
        const Words words(SherpaOnnxGetOfflineStreamResult(stream.get()));
        std::printf("%s\n", words && words->text ? words->text : "");
        std::fflush(stdout);
    }
}
