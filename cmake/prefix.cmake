# LARES_DEPS_PREFIX: the folder with what deps/fetch builds and unpacks. LARES_DEPS names it; without it, or when it was
# made from an older deps/lock.toml, the one that deps/fetch makes for this checkout is taken.
include_guard(GLOBAL)

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/deps/fetch ${CMAKE_SOURCE_DIR}/deps/lock.toml)
set(parts lib/libllama.so lib/libonnxruntime.so.1 lib/libsherpa-onnx-c-api.so share/lares/voices/hibari/hibari.onnx
    share/lares/embeddings/all-MiniLM-L6-v2.F16.gguf)
set(deps_prefix "${LARES_DEPS}")
foreach(part ${parts})
    if(deps_prefix AND NOT EXISTS ${deps_prefix}/${part})
        message(STATUS "${deps_prefix} has no ${part}: looking for the prefix of this checkout")
        set(deps_prefix "")
    endif()
endforeach()
if(NOT deps_prefix)
    execute_process(COMMAND ${CMAKE_SOURCE_DIR}/deps/fetch --print-prefix
        OUTPUT_VARIABLE deps_prefix OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endif()
foreach(part ${parts})
    if(NOT EXISTS ${deps_prefix}/${part})
        message(FATAL_ERROR "No ${part} in ${deps_prefix}: run deps/fetch")
    endif()
endforeach()
set(LARES_DEPS_PREFIX ${deps_prefix} CACHE INTERNAL "The prefix in use")
