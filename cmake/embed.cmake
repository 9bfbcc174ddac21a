# lares_embed_assets(TARGET FOLDER): the files of FOLDER inside TARGET, each also compressed with brotli and gzip
# (src/http/assets.h). Without the folder, an empty table: the server then says how to build the web app.
include_guard(GLOBAL)

function(lares_embed_assets target folder)
    add_executable(embed_assets ${CMAKE_SOURCE_DIR}/cmake/embed_assets.cpp)
    target_link_libraries(embed_assets PRIVATE PkgConfig::brotli ZLIB::ZLIB OpenSSL::Crypto)
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded_assets)
    add_custom_command(
        OUTPUT ${out}.cpp ${out}.bin
        COMMAND embed_assets ${folder} ${out}
        DEPENDS embed_assets ${files}
        COMMENT "Embedding ${folder}")
    target_sources(${target} PRIVATE ${out}.cpp)
    set_property(SOURCE ${out}.cpp APPEND PROPERTY OBJECT_DEPENDS ${out}.bin)
endfunction()
