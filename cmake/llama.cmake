# llama::llama (models, tokens, decoding) and llama::common (chat templates, JSON schema to grammar), as deps/fetch
# built them. #include <llama.h>; of common: #include <llama-common/chat.h>.
include_guard(GLOBAL)

find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED)
if(NOT OpenMP_CXX_FLAGS MATCHES libomp)
    message(FATAL_ERROR "OpenMP is '${OpenMP_CXX_FLAGS}', not libomp: install libomp-19-dev and build with clang++-19")
endif()

foreach(part ggml-base ggml-cpu ggml llama llama-common-base cpp-httplib llama-common)
    add_library(llama_${part} STATIC IMPORTED GLOBAL)
    set_target_properties(llama_${part} PROPERTIES IMPORTED_LOCATION ${LARES_DEPS_PREFIX}/lib/lib${part}.a)
endforeach()
target_link_libraries(llama_ggml-base INTERFACE Threads::Threads m ${CMAKE_DL_LIBS})
target_link_libraries(llama_ggml-cpu INTERFACE llama_ggml-base ${OpenMP_CXX_LIBRARIES})
target_link_libraries(llama_ggml INTERFACE llama_ggml-cpu llama_ggml-base)
target_link_libraries(llama_llama INTERFACE llama_ggml)
target_include_directories(llama_llama INTERFACE ${LARES_DEPS_PREFIX}/include/llama)
target_link_libraries(llama_llama-common INTERFACE llama_llama-common-base llama_cpp-httplib llama_llama)
target_include_directories(llama_llama-common INTERFACE
    ${LARES_DEPS_PREFIX}/include ${LARES_DEPS_PREFIX}/include/llama-common ${LARES_DEPS_PREFIX}/include/llama-vendor)

add_library(llama::llama ALIAS llama_llama)
add_library(llama::common ALIAS llama_llama-common)
