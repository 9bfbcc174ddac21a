# llama::llama (models, tokens, decoding) and llama::common (chat templates, JSON schema to grammar), as deps/fetch
# built them. The libraries that compute (libggml-cpu-*.so, one for each kind of processor) are loaded when the engine starts. #include <llama.h>; of common: #include <llama-common/chat.h>.
include_guard(GLOBAL)

find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED)
if(NOT OpenMP_CXX_FLAGS MATCHES libomp)
    message(FATAL_ERROR "OpenMP is '${OpenMP_CXX_FLAGS}', not libomp: install libomp-19-dev and build with clang++-19")
endif()

foreach(part ggml-base ggml llama llama-common)
    add_library(llama_${part} SHARED IMPORTED GLOBAL)
    set_target_properties(llama_${part} PROPERTIES IMPORTED_LOCATION ${LARES_DEPS_PREFIX}/lib/lib${part}.so)
endforeach()
target_link_libraries(llama_ggml INTERFACE llama_ggml-base ${OpenMP_CXX_LIBRARIES} Threads::Threads)
target_link_libraries(llama_llama INTERFACE llama_ggml)
target_include_directories(llama_llama INTERFACE ${LARES_DEPS_PREFIX}/include/llama)
target_link_libraries(llama_llama-common INTERFACE llama_llama)
target_include_directories(llama_llama-common INTERFACE
    ${LARES_DEPS_PREFIX}/include ${LARES_DEPS_PREFIX}/include/llama-common ${LARES_DEPS_PREFIX}/include/llama-vendor)

add_library(llama::llama ALIAS llama_llama)
add_library(llama::common ALIAS llama_llama-common)
