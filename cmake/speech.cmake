# onnxruntime::onnxruntime (voices; C interface), sherpa::c_api (recognition; C interface) from the prefix of deps/fetch, and
# Debian's kissfft::kissfft in single precision, whose own CMake file names a library that the package lacks.
include_guard(GLOBAL)

foreach(part onnxruntime sherpa-onnx-c-api)
    add_library(speech_${part} SHARED IMPORTED GLOBAL)
    set_target_properties(speech_${part} PROPERTIES IMPORTED_LOCATION ${LARES_DEPS_PREFIX}/lib/lib${part}.so)
endforeach()
target_include_directories(speech_onnxruntime INTERFACE ${LARES_DEPS_PREFIX}/include/onnxruntime)
target_include_directories(speech_sherpa-onnx-c-api INTERFACE ${LARES_DEPS_PREFIX}/include)
target_link_libraries(speech_sherpa-onnx-c-api INTERFACE speech_onnxruntime)
add_library(onnxruntime::onnxruntime ALIAS speech_onnxruntime)
add_library(sherpa::c_api ALIAS speech_sherpa-onnx-c-api)

find_library(KISSFFT_LIBRARY kissfft-float REQUIRED)
find_path(KISSFFT_INCLUDE_DIR kissfft/kiss_fftr.h REQUIRED)
add_library(kissfft::kissfft UNKNOWN IMPORTED GLOBAL)
set_target_properties(kissfft::kissfft PROPERTIES
    IMPORTED_LOCATION ${KISSFFT_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${KISSFFT_INCLUDE_DIR})
