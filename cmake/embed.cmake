# b24_embed(TARGET FILE SYMBOL): the bytes of FILE become `extern const std::string_view SYMBOL` in the namespace
# b24gate::embedded of TARGET; a change of FILE rebuilds it. The text is cut into short literals, because compilers
# bound the length of one.
set(B24_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_file.cmake)

function(b24_embed target file symbol)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.cpp)
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${source} -DGENERATED=${generated} -DSYMBOL=${symbol} -P ${B24_EMBED_SCRIPT}
    DEPENDS ${source} ${B24_EMBED_SCRIPT}
    COMMENT "Embedding ${file}"
    VERBATIM)
  target_sources(${target} PRIVATE ${generated})
endfunction()
